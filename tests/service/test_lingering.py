"""An early answer reaches its client, whatever it still sends, and leaves nothing running behind."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.types import Receive, Scope, Send

from gomod_service.lingering import LINGER_BYTES, Lingering


async def refuse_late(scope: Scope, _: Receive, send: Send) -> None:
    """Answers without reading, once the server's queue for the body is full: the worst moment."""
    if scope["type"] == "http":
        await asyncio.sleep(0.05)
        port = str(scope["client"][1]).encode()
        await send({"type": "http.response.start", "status": 413, "headers": [(b"x-client-port", port)]})
        await send({"type": "http.response.body", "body": b"no\n"})


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        config = Config()
        config.bind = [f"fd://{listener.detach()}"]
        config.graceful_timeout = 5
    stop = asyncio.Event()
    server = asyncio.create_task(serve(Lingering(refuse_late), config, shutdown_trigger=stop.wait))  # type: ignore[arg-type]  # hypercorn's own ASGI types
    yield f"http://127.0.0.1:{port}"
    stop.set()
    await server


async def post(url: str, size: int) -> httpx.Response:
    # In a thread: asyncio's own streams forget what they have received when a write fails.
    return await asyncio.to_thread(httpx.post, url, content=bytes(size), timeout=60)


@pytest.mark.anyio
@pytest.mark.parametrize("size", [1, LINGER_BYTES // 2, LINGER_BYTES * 4])
async def test_a_client_that_is_still_sending_gets_the_answer(size: int) -> None:
    async with serving() as url:
        answer = await post(url, size)
    assert (answer.status_code, answer.text) == (413, "no\n")


@pytest.mark.anyio
async def test_a_refused_request_leaves_no_task_behind() -> None:
    async with serving() as url:
        await post(url, 1)
        before = len(asyncio.all_tasks())
        for _ in range(3):
            await post(url, LINGER_BYTES * 2)
        async with asyncio.timeout(60):
            while len(asyncio.all_tasks()) > before:
                await asyncio.sleep(0.01)


@pytest.mark.anyio
async def test_a_connection_whose_body_was_read_to_its_end_is_used_again() -> None:
    async with serving() as url, httpx.AsyncClient(timeout=60) as client:
        first = await client.post(url, content=bytes(LINGER_BYTES // 4))
        second = await client.post(url, content=b"x")
    assert first.headers["x-client-port"] == second.headers["x-client-port"]
