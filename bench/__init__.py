"""Measures what the registry costs, beside whatever else serves Go modules; `python -m bench --help`."""
