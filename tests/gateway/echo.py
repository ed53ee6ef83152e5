"""A tiny service that answers with what reached it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class EchoService:
    """Listens on a free loopback port while it is entered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._body = b""  # of the newest request, as far as it came
        self._arrived = threading.Condition()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_expect_100(self) -> bool:
                if "X-Echo-Status" in self.headers:
                    self.send_response(int(self.headers["X-Echo-Status"]))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    self.close_connection = True
                    return False
                return super().handle_expect_100()

            def _echo(self) -> None:
                size = service._read(self)
                body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
                self.send_response(200)
                self.send_header("X-Echo-Service", service.name)
                self.send_header("X-Echo-Line", self.requestline)
                self.send_header("X-Echo-Body-Bytes", str(size))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _echo  # noqa: N815 - http.server's names

            def log_message(self, format: str, *args: object) -> None:
                """Silence: a test that fails prints what it saw."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def bind(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self._server.server_port}"

    def wait_for_body(self, expected: bytes) -> None:
        """Return when the newest request's body is, so far, what is expected. Raises TimeoutError."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: self._body == expected, timeout=10):
                raise TimeoutError(f"{self.name} has {self._body!r}, not {expected!r}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _read(self, request: BaseHTTPRequestHandler) -> int:
        """Read the request's body to its end, keeping only its first bytes. Returns its size."""
        with self._arrived:
            self._body = b""
        if request.headers.get("Transfer-Encoding") == "chunked":
            return self._read_chunks(request)
        left = size = int(request.headers.get("Content-Length", "0"))
        while left > 0:
            left -= self._got(request.rfile.read(min(left, 1024 * 1024)))
        return size

    def _read_chunks(self, request: BaseHTTPRequestHandler) -> int:
        total = 0
        while size := int(request.rfile.readline(), 16):
            total += self._got(request.rfile.read(size))
            request.rfile.readline()
        request.rfile.readline()
        return total

    def _got(self, data: bytes) -> int:
        with self._arrived:
            self._body = (self._body + data)[:1024]
            self._arrived.notify_all()
        return len(data)
