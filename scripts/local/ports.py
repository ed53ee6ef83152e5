"""Addresses to listen on, and whether they are free."""

import socket
from collections.abc import Mapping


def split_bind(bind: str) -> tuple[str, int]:
    """`host:port` (an IPv6 host in brackets) as a pair. Raises ValueError."""
    host, colon, port = bind.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise ValueError(f"expected host:port, found {bind!r}")
    return host.strip("[]"), int(port)


def unusable(binds: Mapping[str, str]) -> list[str]:
    """One sentence for each of the named addresses that nobody could listen on now; empty when all are free."""
    problems: list[str] = []
    held: list[socket.socket] = []
    try:
        for name, bind in binds.items():
            try:
                held.append(_listen(*split_bind(bind)))
            except (OSError, ValueError) as error:
                problems.append(f"{name}={bind} can't be used: {error}")
    finally:
        for listener in held:
            listener.close()
    return problems


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # As servers do it: a port that only waits for the last packets of closed connections is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
