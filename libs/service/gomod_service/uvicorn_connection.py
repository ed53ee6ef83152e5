"""A connection of uvicorn's, with three things added to what it does by itself, and bounds for the head of a request.

An application that `AnswersAtOnce` is asked between the parser and the socket, which spares nine tenths of what an
answer costs. The ASGI extension `http.response.zerocopysend` lets the kernel send a file. And who sends on to a client
that is gone is told so, as ASGI 2.4 has it: Starlette then needs no second task that watches the client.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn import Config
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from gomod_service.at_once import AnswersAtOnce
from gomod_service.connections import HEAD_BYTES

_FILES = "http.response.zerocopysend"


class Connection(HttpToolsProtocol):
    """One connection. Its timer is that of an idle one, and of one whose request does not get on."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._at_once = config.app.at_once if isinstance(config.app, AnswersAtOnce) else _never
        self._answered = False  # the request that is being parsed, at once
        self._unfinished = 0  # bytes of a request whose head is not whole
        self._answered_at = 0.0  # by the loop's clock
        self._stated_headers: list[tuple[bytes, bytes]] = []
        self._first_lines_bytes = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._begin_timer(self.timeout_keep_alive)

    def data_received(self, data: bytes) -> None:
        """Bytes alone don't stop the timer: only a whole head does, or a client could send one for ever."""
        timer, self.timeout_keep_alive_task = self.timeout_keep_alive_task, None
        self._unfinished += len(data)
        super().data_received(data)
        if self.timeout_keep_alive_task is None and self._is_idle():
            self.timeout_keep_alive_task = timer
        elif timer is not None:
            timer.cancel()
        if self._unfinished > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"The head of a request has at most {HEAD_BYTES} bytes.")

    def on_message_begin(self) -> None:
        """Make the scope only when the head is there and the application is to see it."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._answered = False

    def on_headers_complete(self) -> None:
        """Answer now what can be answered now, unless something is still before it."""
        self._unfinished = 0
        if self._is_idle() and not self.flow.write_paused and (answer := self._answer()) is not None:
            self.transport.write(b"".join((self._first_lines(), *answer)))
            self._answered = True
            self._answered_at = self.loop.time()
        else:
            self._make_scope()
            super().on_headers_complete()

    def _make_scope(self) -> None:
        """As uvicorn does at the beginning of a message, and what files need."""
        url, headers, expect_100_continue = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, expect_100_continue
        self.scope["headers"] = headers
        self.scope["extensions"] = {_FILES: {}}
        self.scope["asgi"]["spec_version"] = "2.4"  # whose `send` tells that the client is gone

    def _first_lines(self) -> bytes:
        """The status line and the server's own headers, which change once a second."""
        headers = self.server_state.default_headers
        if headers is not self._stated_headers:
            self._stated_headers = headers
            self._first_lines_bytes = b"".join((b"HTTP/1.1 200 OK\r\n", *(b"%b: %b\r\n" % each for each in headers)))
        return self._first_lines_bytes

    def on_body(self, body: bytes) -> None:
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._answered:
            super().on_message_complete()

    def _answer(self) -> Sequence[bytes] | None:
        parser, url = self.parser, self.url
        plain = b"?" not in url and b"%" not in url and url.isascii()
        if not plain or parser.get_method() != b"GET" or not parser.should_keep_alive() or parser.should_upgrade():
            return None
        return self._at_once(url.decode(), self.headers, self.client[0] if self.client else "")

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def timeout_keep_alive_handler(self) -> None:
        """Hang up, unless something was answered at once meanwhile: that restarts no timer, for each would cost."""
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._begin_timer(left)
        else:
            super().timeout_keep_alive_handler()

    def _begin_timer(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # The same protocol, in uvicorn's own types and in Starlette's.
        super()._start_asgi_task(cycle, cast("ASGI3Application", _sending_files(cast("ASGIApp", app), cycle)))


def _never(path: str, headers: object, client: str) -> None:
    """An application without answers of that kind."""


def _sending_files(app: ASGIApp, cycle: RequestResponseCycle) -> ASGIApp:
    """The application for one request, which may send files."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_or_copy(message: Message) -> None:
            if cycle.disconnected and message.get("more_body", False):  # else uvicorn passes it over
                raise ConnectionResetError
            if message["type"] == _FILES:
                await _copy(cycle, message)
                message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
            await send(message)

        await app(scope, receive, send_or_copy)

    return run


async def _copy(cycle: RequestResponseCycle, message: Message) -> None:
    """Have the kernel send a part of a file (os.sendfile; by asyncio's own reading where a file system has none).

    Raises ConnectionError when the client is gone.
    """
    count = message["count"]
    if count > cycle.expected_content_length:
        raise RuntimeError("Response content longer than Content-Length")
    if cycle.transport.is_closing():
        raise ConnectionResetError
    loop = asyncio.get_running_loop()
    try:
        sent = await loop.sendfile(cycle.transport, message["file"], message["offset"], count)
    except ConnectionError:
        cycle.disconnected = True
        cycle.transport.close()
        raise
    cycle.expected_content_length -= sent  # a file that is too short is then an answer that is, and is broken off
