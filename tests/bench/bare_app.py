"""An ASGI application that says always the same, on a server of ours: what an answer costs at least."""

import asyncio
import socket
import sys
from typing import cast

from starlette.types import Receive, Scope, Send

from gomod_service.serve import ServerName, load_server

BODY = b'{"Version":"v1.0.0","Time":"2024-01-02T03:04:05Z"}'
HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(BODY)).encode()),
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"etag", b'"0123456789abcdef0123456789abcdef"'),
    (b"x-cache", b"HIT"),
]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers, and starts and stops when it is told to."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def main() -> None:
    """`bare_app.py SERVER PORT`."""
    sock = socket.create_server(("127.0.0.1", int(sys.argv[2])))
    asyncio.run(load_server(cast("ServerName", sys.argv[1]))(app, sock, 1.0, asyncio.Event()))


if __name__ == "__main__":
    main()
