"""The publishing side: from a module in a git work tree to a version that the registry serves."""
