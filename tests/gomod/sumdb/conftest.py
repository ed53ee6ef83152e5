"""Databases of x/mod, and clients of ours for them."""

from collections.abc import Iterator

import pytest

from tests.gomod.sumdb.world import World
from tests.sumdb_server import SumDatabase

SMALL = 700  # records: two full tiles, and a tile above them
BIG = 70_000  # more than 65536: three levels of tiles


@pytest.fixture
def anyio_backend() -> str:
    """gomod.sumdb gathers with asyncio."""
    return "asyncio"


@pytest.fixture
def database() -> Iterator[SumDatabase]:
    """A small one of the test's own, which may be told to lie."""
    with SumDatabase() as small:
        small.generate(SMALL)
        yield small


@pytest.fixture(scope="session")
def big_database() -> Iterator[SumDatabase]:
    """A big one that stays as it is, and x/mod for comparison."""
    with SumDatabase() as big:
        big.generate(BIG)
        yield big


@pytest.fixture
def world(database: SumDatabase) -> World:
    """A client of the small database."""
    return World(database)
