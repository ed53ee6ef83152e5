"""Two replicas on one volume: what clients of both ask for comes from upstream once, even when one of them dies."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.goproxy_server import Answer, GoProxyServer, make_zip
from tests.proxy.running import environment
from tests.proxy.test_process import started

PATH = "github.com/big/module"
BASE = f"/{PATH}/@v/v1.0.0"
GO_MOD = f"module {PATH}\n".encode()
BODY = make_zip(PATH, "v1.0.0", {"go.mod": GO_MOD, "blob": os.urandom(1 << 20)})
FILES = [f"{BASE}.info", f"{BASE}.mod", f"{BASE}.zip"]
CLIENTS = 8  # of each replica


@pytest.fixture
def replicas(upstream: GoProxyServer, volume: Path) -> Iterator[list[tuple[int, str]]]:
    """The process id and URL of each."""
    upstream.add(PATH, "v1.0.0", mod=GO_MOD, zip_body=BODY)
    with ExitStack() as stack:
        both = [stack.enter_context(started(environment(volume, upstream.url))) for _ in range(2)]
        yield [(process.pid, url) for process, url in both]


async def asked_for(condition: str, upstream: GoProxyServer) -> None:
    async with asyncio.timeout(60):
        while not upstream.asked(condition):
            await asyncio.sleep(0.005)


async def test_a_cold_module_comes_from_upstream_once(
    upstream: GoProxyServer, replicas: list[tuple[int, str]], volume: Path
) -> None:
    gate = upstream.hold(f"{BASE}.zip", at=1 << 19)
    async with httpx.AsyncClient(timeout=60) as client:
        asking = [
            asyncio.create_task(client.get(url + file)) for _ in range(CLIENTS) for _, url in replicas for file in FILES
        ]
        await asked_for(f"{BASE}.zip", upstream)
        # Both replicas answer others meanwhile, so both have read what was asked of them before.
        for _, url in replicas:
            (await client.get(f"{url}/healthz")).raise_for_status()
        gate.set()
        answers = await asyncio.gather(*asking)
    for answer in answers:
        assert answer.content == upstream.body(answer.url.path)
    assert sorted(upstream.asked()) == FILES
    assert (volume / PATH / "v1.0.0" / "source.zip").read_bytes() == BODY


async def test_another_replica_takes_over_from_one_that_is_killed(
    upstream: GoProxyServer, replicas: list[tuple[int, str]], volume: Path
) -> None:
    zip_ = f"{BASE}.zip"
    upstream.script(zip_, Answer(BODY, hold_at=1 << 19), Answer(BODY))
    (leader, leaders_url), (_, url) = replicas
    async with httpx.AsyncClient(timeout=60) as client:
        broken = [asyncio.create_task(client.get(leaders_url + zip_)) for _ in range(CLIENTS)]
        await asked_for(zip_, upstream)
        waiting = [asyncio.create_task(client.get(url + zip_)) for _ in range(CLIENTS)]
        (await client.get(f"{url}/healthz")).raise_for_status()
        assert upstream.asked(zip_) == [zip_]
        assert not any(task.done() for task in waiting)
        os.kill(leader, signal.SIGKILL)
        failures = await asyncio.gather(*broken, return_exceptions=True)
        answers = [*await asyncio.gather(*waiting), await client.get(url + zip_)]
    assert all(isinstance(failure, httpx.TransportError) for failure in failures)
    assert {answer.content for answer in answers} == {BODY}
    assert upstream.asked(zip_) == [zip_, zip_]
    assert (volume / PATH / "v1.0.0" / "source.zip").read_bytes() == BODY
