"""The scrub in the background: it finds damage by itself, goes on where it stopped, and leaves with the proxy."""

import math
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from anyio import sleep
from prometheus_client import REGISTRY

from gomod.errors import Unavailable
from gomod_proxy.scrubbing import TURN, Scrubbing
from gomod_storage import ModuleStore, rounds
from gomod_storage.caretaker import Caretaker
from gomod_storage.open import open_caretaker, open_store
from gomod_storage.pace import Pace, at_once
from gomod_storage.rounds import Round
from gomod_storage.scrub import IsOwn
from tests.storage.modules import pack, publish
from tests.storage.object_servers import Moto
from tests.storage.rot import spoil

OURS = [pack("go.corp.example/lib", f"v1.{minor}.0") for minor in range(3)]
THEIRS = pack("github.com/Azure/x", "v1.2.0")
RATE = 10 << 20


def is_own(path: str) -> bool:
    return path.startswith("go.corp.example/")


@pytest.fixture(params=["volume", "moto"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the store is: a volume, and a bucket."""
    if request.param == "volume":
        yield (tmp_path / "volume").as_uri()
        return
    (tmp_path / "moto").mkdir()
    with Moto(tmp_path / "moto") as server:
        for name, setting in server.environment.items():
            monkeypatch.setenv(name, setting)
        yield f"{server.url}/prefix?staging={tmp_path / 'staging'}"


@pytest.fixture
def caretaker(url: str) -> Caretaker:
    return open_caretaker(url)


@pytest.fixture
async def store(url: str) -> ModuleStore:
    store = open_store(url)
    await store.start()
    for packed in (*OURS, THEIRS):
        await publish(store, packed)
    return store


def value(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(name, labels)
    assert found is not None
    return found


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    deadline = time.monotonic() + 30
    while not await condition():
        assert time.monotonic() < deadline
        await sleep(0.01)


async def test_damage_is_found_without_anybody_asking(store: ModuleStore, url: str, caretaker: Caretaker) -> None:
    before = value("gomod_scrub_findings_total", problem="damaged"), value("gomod_scrub_versions_total")
    spoil(url, OURS[1], "mod")

    async def is_told() -> bool:
        is_over = (await rounds.find(caretaker)).whole > 0
        return is_over and value("gomod_lost_versions") == 1 and 0 <= value("gomod_scrub_age_seconds") < 60

    async with Scrubbing(caretaker, is_own, RATE, look_seconds=0.01):
        assert math.isnan(value("gomod_scrub_age_seconds"))  # never yet
        await until(is_told)
        with pytest.raises(Unavailable):
            await store.mod(OURS[1].module)
        assert value("gomod_scrub_findings_total", problem="damaged") == before[0] + 1
        assert value("gomod_scrub_versions_total") == before[1] + 4
        await publish(store, OURS[1])

        async def is_back() -> bool:
            return value("gomod_lost_versions") == 0

        await until(is_back)


@pytest.mark.usefixtures("store")
async def test_one_replica_scrubs_at_a_time(url: str, caretaker: Caretaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gomod_storage.object_caretaker._PATIENCE", 0.05)

    async def is_over() -> float:
        return (await rounds.find(caretaker)).whole

    async with open_caretaker(url).turn(TURN) as is_ours:
        assert is_ours
        async with Scrubbing(caretaker, is_own, RATE, look_seconds=0.01):
            await sleep(0.2)  # nothing to wait for: nothing must happen
            assert await rounds.find(caretaker) == Round()
    async with Scrubbing(caretaker, is_own, RATE, look_seconds=0.01):
        await until(is_over)


@pytest.mark.usefixtures("store")
async def test_a_machine_that_is_out_of_threads_ends_no_scrub_for_good(
    caretaker: Caretaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    go_on = rounds.go_on

    async def in_thread(caretaker: Caretaker, is_own: IsOwn, pace: Pace, tell: rounds.Tell) -> None:
        tried.append(pace)
        if len(tried) < 3:
            raise RuntimeError("can't start new thread")
        await go_on(caretaker, is_own, pace, tell)

    async def is_over() -> float:
        return (await rounds.find(caretaker)).whole

    monkeypatch.setattr(rounds, "go_on", in_thread)
    async with Scrubbing(caretaker, is_own, RATE, look_seconds=0.01):
        await until(is_over)


@pytest.mark.usefixtures("store")
async def test_one_that_is_told_not_to_scrub_tells_how_others_get_on(caretaker: Caretaker) -> None:
    async with Scrubbing(caretaker, is_own, 0, look_seconds=0.01):
        await rounds.go_on(caretaker, is_own, at_once, lambda *_: None)

        async def is_told() -> bool:
            return 0 <= value("gomod_scrub_age_seconds") < 60

        await until(is_told)


@pytest.mark.usefixtures("store")
async def test_a_store_that_can_not_be_reached_is_unknown_and_not_zero(tmp_path: Path, url: str) -> None:
    nowhere = "s3://no-such-bucket/x?staging=" if url.startswith("s3:") else "file://"
    async with Scrubbing(open_caretaker(f"{nowhere}{tmp_path}/nowhere"), is_own, RATE, look_seconds=0.01):

        async def is_unknown() -> bool:
            return math.isnan(value("gomod_lost_versions")) and math.isnan(value("gomod_scrub_age_seconds"))

        await until(is_unknown)


@pytest.mark.usefixtures("store")
async def test_the_proxy_does_not_wait_for_the_scrub_when_it_ends(url: str, caretaker: Caretaker) -> None:
    async def has_begun() -> float:
        return (await rounds.find(caretaker)).began

    async with Scrubbing(caretaker, is_own, bytes_per_second=1, look_seconds=0.01):
        await until(has_begun)
        begun = time.monotonic()
    assert time.monotonic() - begun < 5
    # Its turn is given back, and nothing was called damaged that was only not read to its end.
    async with open_caretaker(url).turn(TURN) as is_ours:
        assert is_ours
    assert not (await rounds.find(caretaker)).over
    assert await caretaker.lost() == 0
