"""Loopback ports for the servers that tests start."""

import socket
import time
from collections.abc import Callable


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_listening(port: int, running: Callable[[], bool], seconds: float = 20) -> None:
    """Return once somebody accepts connections on the port. Raises TimeoutError, also when `running` says no."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            if not running() or time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens on port {port}") from error
            time.sleep(0.02)
        else:
            return
