"""A loopback upstream and a volume, for the operator's commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.goproxy_server import GoProxyServer


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
