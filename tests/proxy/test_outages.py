"""Every kind of outage while fifty clients ask: nobody gets wrong bytes, nobody is sent away, and it passes by itself.

The clients here are HTTP clients that ask for what go asks for, all at once; tests/e2e/test_outages_with_go.py does it
with the real go.
"""

import asyncio
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
import pytest
from structlog.testing import capture_logs

from gomod.dirhash import hash_go_mod, hash_zip
from tests.goproxy_server import GoProxyServer
from tests.proxy import running as proxies  # by this name, conftest.py does not run everything on every server
from tests.proxy.outages import KINDS, REFUSING, outage
from tests.proxy.publishing import publish
from tests.sumdb_server import SumDatabase

CLIENTS = 50
SERVER_OF = {"strict": "hypercorn", "fallback": "granian", "offline": "uvicorn"}  # each kind on each server once
KEPT, FRESH = "github.com/kept/lib", "github.com/fresh/lib"
VERSIONS = [(KEPT, "v1.0.0"), (KEPT, "v1.1.0"), (FRESH, "v1.0.0")]
WAITED_FOR = ("silent", "stalling")  # until the proxy has waited for long enough
BROKEN_OFF = 0  # a body that did not come to its end


def files_of(path: str, version: str) -> dict[str, bytes]:
    """Some hundred KiB that can't be compressed: they are passed on in several pieces."""
    return {"x.go": b"package lib\n", "blob": random.Random(f"{path}@{version}").randbytes(700_000)}


@dataclass(frozen=True)
class World:
    """What every version really is, and who has it: the database has all on record, the volume has KEPT."""

    zips: dict[tuple[str, str], bytes]
    database: SumDatabase
    volume: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("made")
    volume, elsewhere = folder / "volume", folder / "elsewhere"
    with SumDatabase() as database:
        zips = {}
        for path, version in VERSIONS:
            place = volume if path == KEPT else elsewhere
            place.mkdir(exist_ok=True)
            zips[path, version] = anyio.run(publish_files, place, path, version)
            zip_h1 = hash_zip(place / path / version / "source.zip")
            database.add(path, version, zip_h1, hash_go_mod(f"module {path}\n".encode()))
        yield World(zips, database, volume)


async def publish_files(volume: Path, path: str, version: str) -> bytes:
    return await publish(volume, path, version, files=files_of(path, version))


@pytest.fixture
def world(made: World, upstream: GoProxyServer, volume: Path) -> World:
    """The same with a volume of the test's own, and an upstream that has everything."""
    for (path, version), body in made.zips.items():
        upstream.add(path, version, mod=f"module {path}\n".encode(), zip_body=body)
    return World(made.zips, made.database, Path(shutil.copytree(made.volume, volume, dirs_exist_ok=True)))


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Some ten thousand lines of log would say that there is an outage."""
    with capture_logs():
        yield


def settings(upstream: GoProxyServer, world: World, mode: str, patience: str) -> dict[str, str]:
    return proxies.environment(
        world.volume,
        upstream.url,
        mode,
        GOMOD_SERVER=SERVER_OF[mode],
        GOMOD_SUMDBS=f"{world.database.key} {world.database.url}",
        GOMOD_UPSTREAM_READ_SECONDS=patience,
        GOMOD_UPSTREAM_ZIP_SECONDS=patience,
    )


def moving(path: str) -> list[str]:
    return [f"/{path}/@v/list", f"/{path}/@latest"]


def files(path: str) -> list[str]:
    return [f"/{path}/@v/v1.0.0.{kind}" for kind in ("info", "mod", "zip")]


async def answers(proxy: proxies.Running, upstream: GoProxyServer, clients: int) -> dict[str, set[int]]:
    """With which statuses each URL was answered; a complete 200 is compared with what upstream truly has.

    Half of the clients want KEPT, half of them FRESH, all that there is of it, all at once.
    """
    seen: dict[str, set[int]] = {}

    async def ask(url: str) -> None:
        try:
            answer = await proxy.client.get(url)
        except httpx.RemoteProtocolError:
            status = BROKEN_OFF
        else:
            status = answer.status_code
            assert status != 200 or answer.content == upstream.offers[url].body, url
        seen.setdefault(url, set()).add(status)

    async with asyncio.TaskGroup() as tasks:
        for path in [KEPT, FRESH] * (clients // 2):
            for url in moving(path) + files(path):
                tasks.create_task(ask(url))
    return seen


def of(seen: dict[str, set[int]], urls: list[str]) -> set[int]:
    return {status for url in urls for status in seen[url]}


@pytest.mark.parametrize("mode", ["strict", "fallback"])
@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_is_told_a_lie_and_it_passes(upstream: GoProxyServer, world: World, kind: str, mode: str) -> None:
    # Where nothing is waited for, a busy machine must not look like an upstream that is too slow.
    patience = "1" if kind in WAITED_FOR else "10"
    async with proxies.running(settings(upstream, world, mode, patience)) as proxy:
        with outage(upstream, kind):
            during = await answers(proxy, upstream, CLIENTS)
        # What is stored is served; in fallback what moves as well.
        assert of(during, files(KEPT)) == {200}
        assert of(during, moving(KEPT)) <= ({200} if mode == "fallback" else {200, 502, 504})
        # What is not stored: never the zip, and no 404 but where upstream says so itself.
        trouble = {404} if kind == "absent" else {502, 504, BROKEN_OFF}
        assert of(during, moving(FRESH) + files(FRESH)) <= trouble | {200}
        assert of(during, files(FRESH)[2:]) <= trouble
        assert not (world.volume / FRESH).exists()

        await recovered(proxy)
        after = await answers(proxy, upstream, 6)
        assert of(after, list(after)) == {200}
    assert (world.volume / FRESH / "v1.0.0" / "source.zip").read_bytes() == world.zips[FRESH, "v1.0.0"]


async def recovered(proxy: proxies.Running) -> None:
    """Return when the breaker has found out that upstream is back; its pauses grow to half a minute at most.

    Who asks meanwhile gets an answer at once, and nobody's body is broken off any more.
    """
    async with asyncio.timeout(60):
        while (status := (await proxy.get(files(FRESH)[2])).status_code) != 200:
            assert status in (502, 504)
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("kind", ["in error", REFUSING])
async def test_offline_asks_nobody_whatever_upstream_is(upstream: GoProxyServer, world: World, kind: str) -> None:
    async with proxies.running(settings(upstream, world, "offline", patience="1")) as proxy:
        with outage(upstream, kind):
            during = await answers(proxy, upstream, CLIENTS)
        assert of(during, moving(KEPT) + files(KEPT)) == {200}
        assert of(during, moving(FRESH) + files(FRESH)) == {502}
    assert upstream.asked() == []


@pytest.mark.parametrize("mode", ["strict", "fallback"])
async def test_a_slow_upstream_is_waited_for(upstream: GoProxyServer, world: World, mode: str) -> None:
    async with proxies.running(settings(upstream, world, mode, patience="60")) as proxy:
        zip_ = files(FRESH)[2]
        gate = upstream.hold(zip_, at=300_000)
        waiting = asyncio.create_task(answers(proxy, upstream, CLIENTS))
        async with asyncio.timeout(30):
            while not upstream.asked(zip_):
                await asyncio.sleep(0.01)
        # Nobody else waits behind it.
        assert [(await proxy.get(url)).status_code for url in moving(KEPT) + files(KEPT)] == [200] * 5
        assert not waiting.done()
        gate.set()
        seen = await waiting
        assert of(seen, list(seen)) == {200}
        assert upstream.asked(zip_) == [zip_]
