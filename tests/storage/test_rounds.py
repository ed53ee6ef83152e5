"""Rounds of the scrub: each goes on where it stopped, and none takes more out of service than a disk can ruin."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gomod.module import ModuleVersion
from gomod_storage import Store, gone, rounds
from gomod_storage.caretaker import Caretaker
from gomod_storage.examine import Finding
from gomod_storage.open import open_caretaker
from gomod_storage.pace import at_once
from gomod_storage.places import Places
from gomod_storage.rounds import Round
from tests.storage.modules import pack, publish
from tests.storage.rot import spoil

OURS = [pack("go.corp.example/lib", f"v1.{minor}.0") for minor in range(3)]
THEIRS = pack("github.com/Azure/x", "v1.2.0")


def is_own(path: str) -> bool:
    return path.startswith("go.corp.example/")


@pytest.fixture
async def stocked(store: Store) -> Store:
    for packed in (*OURS, THEIRS):
        await publish(store, packed)
    return store


async def save(caretaker: Caretaker, round_: Round) -> None:
    await caretaker.keep("scrub/round", json.dumps(asdict(round_)).encode())


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
async def test_a_round_goes_on_where_it_stopped(caretaker: Caretaker) -> None:
    began = time.time() - 3600
    await save(caretaker, Round(began, over=False, path=OURS[0].module.path, version="v1.0.0", whole=5.0))
    log = Log()
    await rounds.go_on(caretaker, is_own, at_once, log)
    assert log.modules == [OURS[1].module, OURS[2].module]  # github.com comes before go.corp.example
    assert await rounds.find(caretaker) == Round(began, over=True, whole=began)


@pytest.mark.usefixtures("stocked")
async def test_the_next_round_begins_a_day_after_the_last_one_began(caretaker: Caretaker) -> None:
    log = Log()
    await save(caretaker, Round(time.time() - rounds.ROUND_SECONDS + 60, whole=1.0))
    await rounds.go_on(caretaker, is_own, at_once, log)
    assert log.modules == []
    await save(caretaker, Round(time.time() - rounds.ROUND_SECONDS, whole=1.0))
    await rounds.go_on(caretaker, is_own, at_once, log)
    assert len(log.modules) == 4


async def test_more_damage_than_a_disk_can_have_is_told_and_left(
    stocked: Store, caretaker: Caretaker, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOST_TAKEN", 2)
    for packed in OURS:
        spoil(url, packed, "mod")
    log = Log()
    await rounds.go_on(caretaker, is_own, at_once, log)
    assert log.done == ["out of service until the same content is published again"] * 2 + [""]
    assert (await stocked.info(OURS[2].module)).data == OURS[2].info
    assert await caretaker.lost() == 2


async def test_a_version_that_can_not_be_mended_ends_no_round_and_the_next_one_tries_again(
    volume: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOST_TAKEN", 1)  # which is not used up by what could not be taken
    caretaker = open_caretaker(root.as_uri())
    for packed in OURS:
        await publish(volume, packed)
    for packed in OURS[:2]:
        spoil(root.as_uri(), packed, "mod")
    obstacle = gone.file(Places(root), OURS[0].module, "lost")
    obstacle.mkdir(parents=True)
    log = Log()
    with capture_logs() as logs:
        await rounds.go_on(caretaker, is_own, at_once, log)
    assert [(entry["event"], entry["module"]) for entry in logs] == [("scrub_not_mended", str(OURS[0].module))]
    assert log.modules == [packed.module for packed in OURS]
    assert log.done == ["", "out of service until the same content is published again"]
    assert (await rounds.find(caretaker)).over
    obstacle.rmdir()
    await save(caretaker, Round(whole=1.0))
    await rounds.go_on(caretaker, is_own, at_once, log)
    assert await caretaker.lost() == 2


@pytest.mark.usefixtures("stocked")
async def test_a_round_whose_note_was_torn_begins_anew(caretaker: Caretaker) -> None:
    await caretaker.keep("scrub/round", b'{"began": 17')
    log = Log()
    await rounds.go_on(caretaker, is_own, at_once, log)
    assert len(log.modules) == 4
