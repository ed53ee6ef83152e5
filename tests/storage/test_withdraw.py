"""A withdrawn version is in no list, and everything else of it stays."""

from pathlib import Path

import pytest

from gomod.errors import AlreadyExists, NotFound
from gomod.module import ModuleVersion
from gomod_storage import ModuleStore, Withdrawal
from gomod_storage.open import open_store
from gomod_storage.places import Places
from gomod_storage.staging import hold, note
from tests.storage.modules import Packed, pack, publish, read_zip

PATH = "git.example.com/Team/lib"
OLD, NEW = pack(PATH, "v1.0.0"), pack(PATH, "v1.1.0")
WHY = Withdrawal("leaks memory; use v1.0.0 (“stable”)", "ci-team", "2026-11-23T10:00:00Z")


@pytest.fixture
async def stocked(store: ModuleStore) -> ModuleStore:
    """A store with both versions."""
    for packed in (OLD, NEW):
        await publish(store, packed)
    return store


async def test_a_withdrawn_version_vanishes_from_the_list_and_its_files_stay(stocked: ModuleStore) -> None:
    await stocked.withdraw(NEW.module, WHY)
    assert await stocked.versions(PATH) == ["v1.0.0"]
    assert (await stocked.info(NEW.module)).data == NEW.info
    assert (await stocked.mod(NEW.module)).data == NEW.mod
    assert await read_zip(stocked, NEW.module) == NEW.zip


async def test_the_reason_can_be_read_and_replaced(stocked: ModuleStore) -> None:
    await stocked.withdraw(NEW.module, WHY)
    assert await stocked.withdrawal(NEW.module) == WHY
    better = Withdrawal("CVE-2026-1", "security", "2026-11-24T10:00:00Z")
    await stocked.withdraw(NEW.module, better)
    assert await stocked.withdrawal(NEW.module) == better


async def test_a_reinstated_version_is_listed_again(stocked: ModuleStore) -> None:
    await stocked.withdraw(NEW.module, WHY)
    await stocked.reinstate(NEW.module)
    assert await stocked.versions(PATH) == ["v1.0.0", "v1.1.0"]
    with pytest.raises(NotFound):
        await stocked.withdrawal(NEW.module)


async def test_what_is_not_stored_can_not_be_withdrawn(stocked: ModuleStore) -> None:
    with pytest.raises(NotFound):
        await stocked.withdraw(ModuleVersion(PATH, "v1.9.0"), WHY)


async def test_what_is_not_withdrawn_can_not_be_reinstated(stocked: ModuleStore) -> None:
    with pytest.raises(NotFound):
        await stocked.reinstate(NEW.module)


async def test_a_withdrawn_version_can_not_be_used_for_other_bytes(stocked: ModuleStore) -> None:
    await stocked.withdraw(NEW.module, WHY)
    with pytest.raises(AlreadyExists):
        await publish(stocked, pack(PATH, "v1.1.0", "package other\n"))


async def test_publishing_the_same_bytes_again_does_not_reinstate(stocked: ModuleStore) -> None:
    await stocked.withdraw(NEW.module, WHY)
    assert await publish(stocked, NEW) is False
    assert await stocked.versions(PATH) == ["v1.0.0"]


async def test_a_withdrawal_outlives_the_process(volume: ModuleStore, root: Path) -> None:
    await publish(volume, NEW)
    await volume.withdraw(NEW.module, WHY)
    reopened = open_store(root.as_uri())
    await reopened.start()
    assert await reopened.versions(PATH) == []


async def test_what_an_nfs_client_leaves_beside_the_marks_is_no_mark(volume: ModuleStore, root: Path) -> None:
    for packed in (OLD, NEW):
        await publish(volume, packed)
    await volume.withdraw(NEW.module, WHY)
    (root / ".withdrawn/git.example.com/!team/lib/@v/.nfs0000000000c0ffee00000001").touch()
    assert await volume.versions(PATH) == ["v1.0.0"]


def projected_list(root: Path) -> str:
    return (root / "git.example.com/!team/lib/@v/list").read_text()


async def test_the_list_of_a_static_reader_follows(volume: ModuleStore, root: Path) -> None:
    for packed in (OLD, NEW):
        await publish(volume, packed)
    await volume.withdraw(OLD.module, WHY)
    assert projected_list(root) == "v1.1.0\n"
    later: Packed = pack(PATH, "v1.2.0")
    await publish(volume, later)
    assert projected_list(root) == "v1.1.0\nv1.2.0\n"
    await volume.reinstate(OLD.module)
    assert projected_list(root) == "v1.0.0\nv1.1.0\nv1.2.0\n"


async def test_a_list_that_a_crash_left_behind_is_rewritten_at_the_start(volume: ModuleStore, root: Path) -> None:
    await publish(volume, NEW)
    await volume.withdraw(NEW.module, WHY)
    # As if the process had died between the mark and the list.
    (root / "git.example.com/!team/lib/@v/list").write_text("v1.1.0\n")
    held = hold(Places(root))
    note(held.staging, NEW.module)
    held.release()
    await open_store(root.as_uri()).start()
    assert projected_list(root) == ""
