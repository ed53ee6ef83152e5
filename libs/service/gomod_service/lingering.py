"""An answer may be given before the request's body was read; this middleware sees that the client gets it.

Two things go wrong otherwise. A connection that is closed with unread bytes is reset, and the reset may overtake the
answer (RFC 9112, 9.6). And hypercorn 0.18 hands a body over through a queue of ten pieces: when the application stops
taking them, whoever puts the next one waits for ever, connection, task and all, and SIGTERM waits with it.
"""

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What a refused client may still send. More, or slower, and the connection is closed on it.
LINGER_BYTES = 16 * 1024 * 1024
LINGER_SECONDS = 5.0


class Lingering:
    """ASGI middleware outside of everything that answers: reads on, for a while, after the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _announces_body(scope):
            await self.app(scope, receive, send)
            return
        body = _RequestBody(receive)

        async def send_and_linger(message: Message) -> None:
            is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if not is_last or body.ended:
                await send(message)
                return
            await send({**message, "more_body": True})
            with anyio.move_on_after(LINGER_SECONDS):
                await body.discard(LINGER_BYTES)
            await _finish(body, send)

        await self.app(scope, body.receive, send_and_linger)


def _announces_body(scope: Scope) -> bool:
    """Whether a body follows the headers (RFC 9112, 6.3); HTTP/2 need not say so beforehand."""
    headers = Headers(scope=scope)
    announced = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    return announced or (scope["http_version"] == "2" and scope["method"] not in ("GET", "HEAD"))


class _RequestBody:
    """What is still to come of a request's body."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self.ended = True
        return message

    async def discard(self, limit: float) -> None:
        """Read on until the end, or until more than `limit` bytes came."""
        while not self.ended and limit >= 0:
            message = await self.receive()
            limit -= len(message.get("body", b""))


async def _finish(body: _RequestBody, send: Send) -> None:
    """Close the answer. The server tells us by the same queue that the body comes through: it must not be full."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(body.discard, float("inf"))
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        tasks.cancel_scope.cancel()
