"""The proxy takes nothing, and whoever sends something all the same is answered and leaves nothing running."""

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.goproxy_server import GoProxyServer
from tests.proxy.running import environment, running

BODY_BYTES = 8 * 1024 * 1024
LIST = "/github.com/a/b/@v/list"


async def send(url: str, method: str) -> httpx.Response:
    # In a thread: asyncio's own streams forget what they have received when a write fails.
    return await asyncio.to_thread(httpx.request, method, url, content=bytes(BODY_BYTES))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_is_refused_and_told_what_is_allowed(tmp_path: Path, method: str) -> None:
    async with running(environment(tmp_path / "volume", "off")) as proxy:
        answer = await send(f"{proxy.url}/go.corp.example/x/@v/v1.0.0.zip", method)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.headers["x-request-id"]


async def test_a_body_that_nobody_reads_does_not_keep_the_proxy_from_stopping(tmp_path: Path) -> None:
    """The answer comes late, when the server's queue for the body is full: without care its task waits for ever."""
    with GoProxyServer() as upstream:
        upstream.add("github.com/a/b", "v1.0.0")
        gate = upstream.hold(LIST)
        loop = asyncio.get_running_loop()
        async with running(environment(tmp_path / "volume", upstream.url)) as proxy:
            asking = asyncio.create_task(send(f"{proxy.url}{LIST}", "GET"))
            async with asyncio.timeout(60):
                while not upstream.asked(LIST):
                    await asyncio.sleep(0.01)
            gate.set()
            assert (await asking).text == "v1.0.0\n"
            told_to_stop = loop.time()
        assert loop.time() - told_to_stop < 5  # `running` would give up on it after 10
