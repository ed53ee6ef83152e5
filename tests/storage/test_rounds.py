"""Rounds of the scrub: each goes on where it stopped, and none takes more out of service than a disk can ruin."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from gomod.module import ModuleVersion
from gomod_storage import ModuleStore, kept, rounds
from gomod_storage.examine import Finding
from gomod_storage.pace import at_once
from gomod_storage.places import Places
from gomod_storage.rounds import Round
from tests.storage.modules import pack, publish

OURS = [pack("go.corp.example/lib", f"v1.{minor}.0") for minor in range(3)]
THEIRS = pack("github.com/Azure/x", "v1.2.0")


def is_own(path: str) -> bool:
    return path.startswith("go.corp.example/")


@pytest.fixture
def places(root: Path) -> Places:
    return Places(root)


@pytest.fixture
async def stocked(volume: ModuleStore) -> None:
    for packed in (*OURS, THEIRS):
        await publish(volume, packed)


def harm(places: Places, module: ModuleVersion) -> None:
    with (places.version(module) / "go.mod").open("ab") as file:
        file.write(b"// rotten\n")


def save(places: Places, round_: Round) -> None:
    kept.keep(places, "scrub/round", json.dumps(asdict(round_)).encode())


class Log:
    """What a round saw."""

    def __init__(self) -> None:
        self.modules: list[ModuleVersion] = []
        self.done: list[str] = []

    def __call__(self, module: ModuleVersion, finding: Finding | None, done: str) -> None:
        self.modules.append(module)
        if finding:
            self.done.append(done)


@pytest.mark.usefixtures("stocked")
async def test_a_round_goes_on_where_it_stopped(places: Places) -> None:
    began = time.time() - 3600
    save(places, Round(began, over=False, path=OURS[0].module.path, version="v1.0.0", whole=5.0))
    log = Log()
    rounds.go_on(places, is_own, at_once, log)
    assert log.modules == [OURS[1].module, OURS[2].module]  # github.com comes before go.corp.example
    assert rounds.find(places) == Round(began, over=True, whole=began)


@pytest.mark.usefixtures("stocked")
async def test_the_next_round_begins_a_day_after_the_last_one_began(places: Places) -> None:
    log = Log()
    save(places, Round(time.time() - rounds.ROUND_SECONDS + 60, whole=1.0))
    rounds.go_on(places, is_own, at_once, log)
    assert log.modules == []
    save(places, Round(time.time() - rounds.ROUND_SECONDS, whole=1.0))
    rounds.go_on(places, is_own, at_once, log)
    assert len(log.modules) == 4


@pytest.mark.usefixtures("stocked")
async def test_more_damage_than_a_disk_can_have_is_told_and_left(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOST_TAKEN", 2)
    for packed in OURS:
        harm(places, packed.module)
    log = Log()
    rounds.go_on(places, is_own, at_once, log)
    assert log.done == ["out of service until the same content is published again"] * 2 + [""]
    assert places.version(OURS[2].module).exists()


@pytest.mark.usefixtures("stocked")
async def test_a_round_whose_note_was_torn_begins_anew(places: Places) -> None:
    kept.keep(places, "scrub/round", b'{"began": 17')
    log = Log()
    rounds.go_on(places, is_own, at_once, log)
    assert len(log.modules) == 4
