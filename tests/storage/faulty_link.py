"""A way to an object server on which requests meet trouble of a test's choice."""

import http.client
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

Trouble = Literal["500", "503", "reply lost", "cut short", "slow", "hangs", "refused"]
"""What happens to a request.

Answered with a status; done, and its answer lost; done, and half of its answer's body lost; done, and its answer's body
sent in PIECES, each after PAUSE seconds; never answered; the connection closed before it is done.
"""

PIECES = 10
PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Request:
    """A request that went by."""

    method: str
    target: str  # path and query


class FaultyLink:
    """Passes requests on to an object server while its context lasts, but for those that `trouble` names one for."""

    def __init__(self, environment: dict[str, str]) -> None:
        [self._variable] = [name for name in environment if "ENDPOINT" in name]
        self.upstream = urlsplit(environment[self._variable])
        self.seen: list[Request] = []
        self.trouble: Callable[[Request], Trouble | None] = lambda _: None
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        address = f"http://127.0.0.1:{self._server.server_port}{self.upstream.path}"
        self.environment = environment | {self._variable: address}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(link: FaultyLink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # an answer's head and body go out together

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            request = Request(self.command, self.path)
            link.seen.append(request)
            trouble = link.trouble(request)
            if trouble == "refused":
                self.close_connection = True
            elif trouble in ("500", "503"):
                self.answer(int(trouble), [], b"<Error><Code>InternalError</Code></Error>")
            elif trouble == "hangs":
                link.closing.wait()
                self.close_connection = True
            else:
                try:
                    self.done(body, trouble)
                except (OSError, http.client.HTTPException):  # the server is dead
                    self.close_connection = True

        def done(self, body: bytes, trouble: Trouble | None) -> None:
            upstream = http.client.HTTPConnection(link.upstream.netloc, timeout=30)
            try:
                upstream.request(self.command, self.path, body, dict(self.headers.items()))
                answer = upstream.getresponse()
                data = answer.read()
            finally:
                upstream.close()
            if trouble == "reply lost":
                self.close_connection = True
                return
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _BY_CONNECTION]
            self.answer(answer.status, headers, data, trouble)

        def answer(
            self, status: int, headers: list[tuple[str, str]], body: bytes, trouble: Trouble | None = None
        ) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            if not any(name.lower() == "content-length" for name, _ in headers):
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            if trouble == "cut short":
                body = body[: len(body) // 2]
                self.close_connection = True
            if self.command == "HEAD":
                body = b""
            with suppress(OSError):  # the client may be gone
                if trouble == "slow":
                    body = self.crawl(body)
                self.wfile.write(body)

        def crawl(self, body: bytes) -> bytes:
            """Send all pieces but the last, which is returned."""
            size = len(body) // PIECES
            for _ in range(PIECES - 1):
                self.wfile.write(body[:size])
                self.wfile.flush()
                body = body[size:]
                link.closing.wait(PAUSE)
            return body

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what was seen is in `seen`."""

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = pass_on  # noqa: N815 - names that http.server asks for

    return Handler


_BY_CONNECTION = {"connection", "transfer-encoding", "keep-alive"}
