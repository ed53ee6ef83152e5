"""Loopback ports for the servers that tests start."""

import random
import socket
import time
from collections.abc import Callable

import httpx

# Below the ports that the kernel gives to outgoing connections: one of those could come before the server.
PORTS = range(10240, 32768)
_CHANCE = random.SystemRandom()  # hypothesis seeds the shared one, and then everyone would choose the same


def free_port() -> int:
    """A port that nobody listens on now."""
    while True:
        port = _CHANCE.choice(PORTS)
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether nobody listens on the port now."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until_listening(port: int, running: Callable[[], bool], seconds: float = 60) -> None:
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


def wait_until_started(port: int, running: Callable[[], bool], seconds: float = 60) -> None:
    """Return once the service there answers; it listens before it is ready to. Raises TimeoutError, httpx.HTTPError."""
    wait_until_listening(port, running, seconds)
    httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=seconds).raise_for_status()
