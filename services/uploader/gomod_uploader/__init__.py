"""The uploader: takes new versions of our own modules, and nothing else."""
