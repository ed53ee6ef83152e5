"""A loopback upstream, a volume and a strict proxy between them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.goproxy_server import GoProxyServer
from tests.proxy.running import Running, environment, running


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
