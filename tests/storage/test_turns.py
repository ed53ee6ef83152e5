"""Work that several processes want is done by one at a time, and a dead one keeps nobody waiting."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from gomod.module import ModuleVersion
from gomod_storage import ModuleStore, turns
from gomod_storage.open import open_store
from gomod_storage.places import Places
from gomod_storage.version_folder import KINDS
from gomod_storage.volume import Volume
from tests.storage.modules import pack, publish

LIB = ModuleVersion("git.example.com/team/lib", "v1.0.0")
PATIENT = 30.0

HOLDER = """
import asyncio, sys
from gomod.module import ModuleVersion
from gomod_storage.open import open_store

async def hold():
    async with open_store(sys.argv[1]).alone(ModuleVersion("git.example.com/team/lib", "v1.0.0"), "zip", 30):
        print("entered", flush=True)
        await asyncio.sleep(600)

asyncio.run(hold())
"""


async def test_one_at_a_time_enters(store: ModuleStore) -> None:
    inside = 0
    most = 0

    async def work() -> None:
        nonlocal inside, most
        async with store.alone(LIB, "zip", PATIENT):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    assert (inside, most) == (0, 1)


async def test_who_enters_is_told_what_is_there_by_now(store: ModuleStore) -> None:
    packed = pack(LIB.path, LIB.version)

    async def there() -> list[bool]:
        answers = []
        for kind in KINDS:
            async with store.alone(LIB, kind, PATIENT) as is_there:
                answers.append(is_there)
        return answers

    assert KINDS == ("zip", "mod", "info")
    assert await there() == [False, False, False]
    await store.keep_part(LIB, "mod", packed.mod)
    assert await there() == [False, True, False]
    await publish(store, packed)
    assert await there() == [True, True, True]


async def test_another_file_does_not_wait(store: ModuleStore) -> None:
    async with store.alone(LIB, "zip", PATIENT), store.alone(LIB, "mod", PATIENT):
        pass


async def test_whoever_waited_long_enough_enters_all_the_same(store: ModuleStore) -> None:
    async with store.alone(LIB, "zip", PATIENT), store.alone(LIB, "zip", 0.05):
        pass
    async with store.alone(LIB, "zip", PATIENT):  # and has taken nothing away from whoever comes next
        pass


async def test_who_waits_can_be_cancelled(store: ModuleStore) -> None:
    async def wait() -> None:
        async with store.alone(LIB, "zip", PATIENT):
            raise AssertionError("entered while another one held it")

    async with store.alone(LIB, "zip", PATIENT):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(5), store.alone(LIB, "zip", PATIENT):
        pass


async def test_the_next_one_enters_when_a_process_dies_in_its_turn(volume: ModuleStore, root: Path) -> None:
    command = [sys.executable, "-c", HOLDER, root.as_uri()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"entered\n"
        entered = asyncio.Event()

        async def wait() -> None:
            async with volume.alone(LIB, "zip", PATIENT):
                entered.set()

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.05)
        assert not entered.is_set()
        holder.kill()
        async with asyncio.timeout(10):
            await waiting


async def test_all_turns_share_one_file_which_stays_empty(volume: ModuleStore, root: Path) -> None:
    async with volume.alone(LIB, "zip", PATIENT), volume.alone(LIB, "mod", PATIENT):
        assert [file.name for file in Places(root).locks.iterdir()] == ["turns"]
    assert Places(root).turns.stat().st_size == 0


async def test_a_start_takes_no_turn_away(volume: ModuleStore, root: Path) -> None:
    neighbour = open_store(root.as_uri())
    async with volume.alone(LIB, "zip", PATIENT):
        await neighbour.start()
        with structlog.testing.capture_logs() as logs:
            async with neighbour.alone(LIB, "zip", 0.05):
                pass
    assert [line["event"] for line in logs] == ["turn_not_waited_for"]


async def test_where_files_cannot_be_locked_everybody_enters(root: Path) -> None:
    never_started = Volume(root)
    async with never_started.alone(LIB, "zip", PATIENT), never_started.alone(LIB, "zip", PATIENT):
        pass


async def test_on_a_system_without_such_locks_everybody_enters(
    volume: ModuleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_SET_LOCK", None)
    with structlog.testing.capture_logs() as logs:
        async with volume.alone(LIB, "zip", PATIENT), volume.alone(LIB, "zip", PATIENT):
            pass
    assert [line["event"] for line in logs] == ["turns_not_taken"] * 2
