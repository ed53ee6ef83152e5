"""A proxy that does the least there is to do: it asks upstream, writes a file, gives it its name, and answers.

usage: bare_proxy.py UPSTREAM FOLDER PORT
"""

import asyncio
import socket
import sys
from pathlib import Path

import aiohttp
from starlette.types import ASGIApp, Receive, Scope, Send

from gomod_service.serve import load_server


def app(session: aiohttp.ClientSession, upstream: str, folder: Path) -> ASGIApp:
    """Nothing is checked, synced, counted, logged or looked for."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        async with session.get(upstream + scope["path"]) as response:
            data = await response.read()
        file = folder / scope["path"].replace("/", "_")
        fresh = file.with_suffix(".fresh")
        fresh.write_bytes(data)
        fresh.rename(file)
        headers = [(b"content-length", str(len(data)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": data})

    return answer


async def main(upstream: str, folder: str, port: str) -> None:
    sock = socket.create_server(("127.0.0.1", int(port)))
    async with aiohttp.ClientSession() as session:
        await load_server("uvicorn")(app(session, upstream, Path(folder)), sock, 1.0, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
