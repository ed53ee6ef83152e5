"""The shell that both services wear: settings, errors as HTTP, logs and metrics, health, and how they run."""
