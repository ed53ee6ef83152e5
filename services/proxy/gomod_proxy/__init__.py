"""The read-only proxy: our own modules from the store, everybody else's fetched once from upstream and kept."""
