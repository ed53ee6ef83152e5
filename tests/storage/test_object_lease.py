"""Work that several replicas want is done by one at a time; one that lives keeps its turn, a dead one loses it."""

import asyncio
import subprocess
import sys
import time

import pytest

from gomod_storage import Store, object_keys, object_lease
from gomod_storage.object_lease import DEAD_SECONDS
from gomod_storage.open import open_store
from tests.storage.conftest import place
from tests.storage.test_turns import HOLDER, LIB, PATIENT


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    return place(request, "moto")


@pytest.fixture
async def replicas(url: str) -> list[Store]:
    """Two stores in one place."""
    stores = [open_store(url) for _ in range(2)]
    await stores[0].start()
    return stores


async def test_replicas_take_turns(replicas: list[Store]) -> None:
    inside = most = 0

    async def work(store: Store) -> None:
        nonlocal inside, most
        async with store.alone(LIB, "zip", PATIENT):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work(store) for store in replicas * 4))
    assert (inside, most) == (0, 1)


async def test_the_next_one_enters_when_a_replica_dies_in_its_turn(
    url: str, replicas: list[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"entered\n"
        holder.kill()
    monkeypatch.setattr(object_lease, "DEAD_SECONDS", 0.5)
    began = time.monotonic()
    async with replicas[0].alone(LIB, "zip", PATIENT):
        assert 0.5 < time.monotonic() - began < DEAD_SECONDS


async def test_one_that_lives_keeps_its_turn_for_as_long_as_it_wants(
    replicas: list[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_lease, "DEAD_SECONDS", 2.0)
    renewed = 0
    real_mark = object_lease._mark

    def counted_mark() -> bytes:
        nonlocal renewed
        renewed += 1
        return real_mark()

    monkeypatch.setattr(object_lease, "_mark", counted_mark)
    entered = asyncio.Event()

    async def wait() -> None:
        async with replicas[1].alone(LIB, "zip", PATIENT):
            entered.set()

    async with replicas[0].alone(LIB, "zip", PATIENT):
        waiting = asyncio.create_task(wait())
        async with asyncio.timeout(30):
            while renewed < 6:  # one mark of each, and four more: longer than a dead one keeps its turn
                await asyncio.sleep(0.01)
        assert not entered.is_set()
    await waiting


async def test_where_no_lease_can_be_had_everybody_enters(url: str) -> None:
    never_started = open_store(url.replace("s3://modules/", "s3://no-such-bucket/"))
    async with never_started.alone(LIB, "zip", PATIENT), never_started.alone(LIB, "zip", PATIENT):
        pass


def test_the_name_of_a_lease_does_not_depend_on_what_a_key_may_hold() -> None:
    assert object_keys.lease("a/../b\0").removeprefix("leases/").isalnum()
