"""A client that sends what no HTTP library would, byte by byte, and reads the answer whenever it comes."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any

from tests.uploader.running import TOKEN


class RawClient:
    """One connection to an uploader."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def begin(self, headers: Mapping[str, str], token: str = TOKEN) -> None:
        """Send the head of a `POST /upload` whose boundary is `b`."""
        lines = ["POST /upload HTTP/1.1", "Host: uploader", f"Authorization: Bearer {token}"]
        lines += ["Content-Type: multipart/form-data; boundary=b"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode())

    def chunk(self, data: bytes) -> None:
        """Send one chunk of a chunked body."""
        self.sock.sendall(b"%x\r\n%b\r\n" % (len(data), data))

    def part(self, name: str, data: bytes = b"") -> None:
        """Send, as a chunk, a part's head and as much of its content."""
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        self.chunk(head + data)

    def answer(self) -> tuple[int, dict[str, Any]]:
        """Wait for the answer: its status and its JSON."""
        with HTTPResponse(self.sock) as response:
            response.begin()
            return response.status, json.loads(response.read())


@contextmanager
def connected(port: int, timeout: float = 20) -> Iterator[RawClient]:
    """A connection to the uploader on that port."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as sock:
        yield RawClient(sock)
