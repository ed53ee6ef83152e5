"""What golang.org/x/mod answers, recorded by scripts/vectors, and the recorder."""
