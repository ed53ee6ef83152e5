"""Stores to test, and volumes to put them on."""

from pathlib import Path

import pytest

from gomod_storage import ModuleStore
from gomod_storage.open import open_store


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where a volume's store is to be."""
    return tmp_path / "volume"


@pytest.fixture
async def volume(root: Path) -> ModuleStore:
    """A store on a volume, started."""
    store = open_store(root.as_uri())
    await store.start()
    return store


@pytest.fixture(params=["volume"])
def store(request: pytest.FixtureRequest) -> ModuleStore:
    """Every store in turn. A new one gets a fixture of its own and its name in `params`."""
    started: ModuleStore = request.getfixturevalue(request.param)
    return started
