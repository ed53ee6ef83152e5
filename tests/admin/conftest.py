"""A loopback upstream and a volume, for the operator's commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.deploy.recipes import toolbox
from scripts.deploy.toolbox import ToolError
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


@pytest.fixture(scope="session")
def athens() -> Path:
    """The program, built now when it was not yet (some minutes)."""
    try:
        return toolbox().ensure("athens") / "athens"
    except ToolError as error:
        pytest.skip(str(error))
