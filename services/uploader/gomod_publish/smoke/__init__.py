"""The smoke test: what was published is served, known to go and built with; public modules come from the cache."""
