"""Stores to test, and volumes and buckets to put them on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gomod_storage import Store
from gomod_storage.caretaker import Caretaker
from gomod_storage.open import open_caretaker, open_store
from tests.storage.azurite import COMMAND as AZURITE
from tests.storage.azurite import Azurite
from tests.storage.object_servers import Moto, ObjectServer, Seaweed


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where a volume's store is to be."""
    return tmp_path / "volume"


@pytest.fixture
async def volume(root: Path) -> Store:
    """A store on a volume, started."""
    store = open_store(root.as_uri())
    await store.start()
    return store


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """A real S3 server. It is slow where many want the same key at once."""
    with Seaweed(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """A simulated S3 server, for what many do at once."""
    with Moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """Azure's Blob service, where npm's azurite is installed."""
    with Azurite(tmp_path_factory.mktemp("azurite")) as server:
        yield server


def place(request: pytest.FixtureRequest, name: str) -> str:
    """A new place for a store: a folder, or a prefix in the bucket of the server that the fixture `name` starts."""
    if name == "volume":
        root: Path = request.getfixturevalue("root")
        return root.as_uri()
    server: ObjectServer = request.getfixturevalue(name)
    monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    for variable, value in server.environment.items():
        monkeypatch.setenv(variable, value)
    staging: Path = request.getfixturevalue("tmp_path") / "staging"
    return f"{server.url}/{os.urandom(4).hex()}?staging={staging}"


@pytest.fixture(params=["volume", "seaweed", "moto", *(["azurite"] if AZURITE else [])])
def url(request: pytest.FixtureRequest) -> str:
    """The place of every store in turn. A new kind gets a fixture for its server, and its name in `params`."""
    return place(request, request.param)


@pytest.fixture
async def store(url: str) -> Store:
    """Every store in turn, started."""
    store = open_store(url)
    await store.start()
    return store


@pytest.fixture
def caretaker(url: str) -> Caretaker:
    """What looks after that store."""
    return open_caretaker(url)


@pytest.fixture(params=["seaweed", "moto"])
def bucket_url(request: pytest.FixtureRequest) -> str:
    """The place of a store on each S3 server in turn."""
    return place(request, request.param)
