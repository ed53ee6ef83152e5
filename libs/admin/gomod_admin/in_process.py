"""An ASGI application that is asked in this process: no port, no server, the very answers that it would send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client would get of a HEAD request, and the text that it would get of a GET that fails."""

    status: int
    cache: str  # X-Cache
    text: str  # of an error


async def ask(app: ASGIApp, path: str) -> Answer:
    """One HEAD request from this machine, without credentials."""
    sent: list[Message] = []
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "HEAD",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 0),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = Headers(raw=sent[0]["headers"])
    status = int(sent[0]["status"])
    text = b"".join(message.get("body", b"") for message in sent[1:]) if status >= 400 else b""
    return Answer(status, headers.get("x-cache", ""), text.decode(errors="replace").strip())


@asynccontextmanager
async def started(app: ASGIApp) -> AsyncIterator[None]:
    """The application between its start-up and its shutdown. Raises what keeps it from starting."""
    incoming: asyncio.Queue[Message] = asyncio.Queue()
    outgoing: asyncio.Queue[Message] = asyncio.Queue()
    life = asyncio.ensure_future(app({"type": "lifespan"}, incoming.get, outgoing.put))
    incoming.put_nowait({"type": "lifespan.startup"})
    if (await outgoing.get())["type"] == "lifespan.startup.failed":
        await life
    try:
        yield
    finally:
        incoming.put_nowait({"type": "lifespan.shutdown"})
        await life
