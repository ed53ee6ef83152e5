"""The scrub in the background: it finds damage by itself, goes on where it stopped, and leaves with the proxy."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from anyio import sleep
from prometheus_client import REGISTRY

from gomod.errors import Unavailable
from gomod.module import ModuleVersion
from gomod_proxy.scrubbing import Scrubbing, expose_scrub
from gomod_storage import ModuleStore, rounds, turns
from gomod_storage.open import open_store
from gomod_storage.places import Places
from gomod_storage.rounds import Round
from tests.storage.modules import pack, publish

OURS = [pack("go.corp.example/lib", f"v1.{minor}.0") for minor in range(3)]
THEIRS = pack("github.com/Azure/x", "v1.2.0")
RATE = 10 << 20


def is_own(path: str) -> bool:
    return path.startswith("go.corp.example/")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "volume")


@pytest.fixture
async def store(places: Places) -> ModuleStore:
    store = open_store(places.root.as_uri())
    await store.start()
    for packed in (*OURS, THEIRS):
        await publish(store, packed)
    return store


def value(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(name, labels)
    assert found is not None
    return found


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        await sleep(0.01)


def harm(places: Places, module: ModuleVersion) -> None:
    with (places.version(module) / "go.mod").open("ab") as file:
        file.write(b"// rotten\n")


async def test_damage_is_found_without_anybody_asking(store: ModuleStore, places: Places) -> None:
    expose_scrub(places)
    assert value("gomod_scrub_age_seconds") != value("gomod_scrub_age_seconds")  # NaN: never yet
    assert value("gomod_lost_versions") == 0
    before = value("gomod_scrub_findings_total", problem="damaged"), value("gomod_scrub_versions_total")
    harm(places, OURS[1].module)
    async with Scrubbing(places, is_own, RATE, look_seconds=0.01):
        await until(lambda: rounds.find(places).over and rounds.find(places).whole)
    with pytest.raises(Unavailable):
        await store.mod(OURS[1].module)
    assert value("gomod_scrub_findings_total", problem="damaged") == before[0] + 1
    assert value("gomod_scrub_versions_total") == before[1] + 4
    assert value("gomod_lost_versions") == 1
    assert 0 <= value("gomod_scrub_age_seconds") < 60
    await publish(store, OURS[1])
    assert value("gomod_lost_versions") == 0


@pytest.mark.usefixtures("store")
async def test_one_replica_scrubs_at_a_time(places: Places) -> None:
    turn = turns.take(places.turn("scrub"))
    assert turn is not None
    async with Scrubbing(places, is_own, RATE, look_seconds=0.01):
        await sleep(0.1)  # nothing to wait for: nothing must happen
        assert rounds.find(places) == Round()
        turn.end()
        await until(lambda: rounds.find(places).whole)


@pytest.mark.usefixtures("store")
async def test_the_proxy_does_not_wait_for_the_scrub_when_it_ends(places: Places) -> None:
    async with Scrubbing(places, is_own, bytes_per_second=1, look_seconds=0.01):
        await until(lambda: rounds.find(places).began)
        begun = time.monotonic()
    assert time.monotonic() - begun < 5
    # Its turn is given back, and nothing was called damaged that was only not read to its end.
    await until(lambda: turns.take(places.turn("scrub")))
    assert not rounds.find(places).over
    assert not places.lost.exists()
