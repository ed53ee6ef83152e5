"""The operator's command line: what the registry would answer, what goes in and comes out, whether it is sound."""
