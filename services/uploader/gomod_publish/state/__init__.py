"""What was published last, one document for each module: in a ConfigMap, in files, and what consumers pin to."""
