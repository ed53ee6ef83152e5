"""A loopback upstream, a volume and a strict proxy between them."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import get_args

import pytest

from gomod_service.serve import ServerName
from tests.goproxy_server import GoProxyServer
from tests.proxy.running import SERVER, Running, environment, running

# On all three servers these tests take four minutes longer, and seldom find what one does not: that is for CI. A run by
# hand has the one that the chart has. What tests the servers themselves (tests/service, say) has all of them, always.
SERVERS: tuple[ServerName, ...] = get_args(ServerName) if os.environ.get("CI") == "true" else ("uvicorn",)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever asks a running proxy does so on the servers of this run; in CI on every one that can carry a proxy."""
    if not {"running", "Running", "started"}.isdisjoint(vars(metafunc.module)):
        metafunc.parametrize("server", SERVERS, indirect=True)


@pytest.fixture(autouse=True)  # by itself, for most tests don't name it, and pytest makes no fixture that nothing names
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ServerName | None:
    """What carries the proxies of this test, None where it asks none."""
    name: ServerName | None = getattr(request, "param", None)
    if name is not None:
        monkeypatch.setenv(SERVER, name)
    return name


@pytest.fixture
def anyio_backend() -> str:
    """aiohttp knows no other."""
    return "asyncio"


@pytest.fixture
def upstream() -> Iterator[GoProxyServer]:
    with GoProxyServer() as server:
        yield server


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    path = tmp_path / "volume"
    path.mkdir()
    return path


@pytest.fixture
async def proxy(upstream: GoProxyServer, volume: Path) -> AsyncIterator[Running]:
    async with running(environment(volume, upstream.url)) as started:
        yield started
