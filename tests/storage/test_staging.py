"""Staging folders and their owners: nobody clears what somebody lives in, and what the dead left is finished."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

import pytest
from structlog.testing import capture_logs

from gomod import dirhash
from gomod.errors import Unavailable
from gomod_storage import ModuleStore, parts, repair
from gomod_storage.open import open_store
from gomod_storage.places import Places
from gomod_storage.staging import held_file, hold, note
from tests.storage.checks import assert_not_projected, assert_projected, assert_tidy
from tests.storage.modules import pack, publish

LIB = pack("git.example.com/lib", "v1.0.0")

HOLD_ONE = """
import sys
from pathlib import Path
from gomod_storage.places import Places
from gomod_storage.staging import hold
staging = hold(Places(Path(sys.argv[1]))).staging
(staging.path / "zip").write_bytes(b"half of it")
print(staging.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def neighbour(volume: ModuleStore, root: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that holds a staging folder of the same volume."""
    assert volume
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_ONE, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield process, Path(process.stdout.readline().strip())
        process.kill()


async def test_starting_clears_nothing_of_a_living_neighbour(
    volume: ModuleStore, root: Path, neighbour: tuple[subprocess.Popen[str], Path]
) -> None:
    _, theirs = neighbour
    async with volume.stage() as ours:
        ours.zip.write_bytes(b"half of ours")
        await open_store(root.as_uri()).start()
        assert ours.zip.read_bytes() == b"half of ours"
        assert (theirs / "zip").read_bytes() == b"half of it"


async def test_starting_clears_what_a_killed_neighbour_left(
    volume: ModuleStore, root: Path, neighbour: tuple[subprocess.Popen[str], Path]
) -> None:
    process, theirs = neighbour
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert theirs.exists()
    await volume.start()
    assert not theirs.exists()
    assert_tidy(root)


@pytest.fixture
def places(root: Path) -> Places:
    places = Places(root)
    repair.start(places)
    return places


def die(places: Places, text: str) -> None:
    """Leave a staging folder with this note, as a process does that is killed."""
    folder = places.staging / "0123456789abcdef"
    folder.mkdir()
    (folder / "zip").write_bytes(LIB.zip)
    folder.with_suffix(".lock").write_text(text)


def test_a_noted_commit_that_happened_is_finished(places: Places) -> None:
    parts.keep(places, LIB.module, "mod", LIB.mod)
    LIB.write_as_athens(places.root)
    die(places, "git.example.com/lib v1.0.0\n")
    assert repair.start(places).finished == [LIB.module]
    assert_projected(places.root, LIB)
    assert not places.part(LIB.module, "mod").exists()
    assert_tidy(places.root)
    assert repair.start(places).finished == []


@pytest.mark.parametrize(
    "text",
    [
        *("git.example.com/lib v1.0.1\n", "", "\0\0\0\0", "git.example.com/lib v1.0.0", "git.example.com/li", "\n"),
        *("../outside v1.0.0\n", "git.example.com/lib v1.0.0/../..\n", "git.example.com/lib v1.0.0 x\n"),
    ],
)
def test_a_note_of_nothing_that_happened_is_cleared(places: Places, text: str) -> None:
    LIB.write_as_athens(places.root)
    shutil.copytree(places.root / "git.example.com/lib", places.root.parent / "outside")
    die(places, text)
    repairs = repair.start(places)
    assert (repairs.finished, repairs.postponed) == ([], [])
    assert_not_projected(places.root, LIB)
    assert_tidy(places.root)


def test_what_cannot_be_finished_now_is_left_for_the_next_start(places: Places) -> None:
    LIB.write_as_athens(places.root)
    die(places, "git.example.com/lib v1.0.0\n")
    obstacle = places.root / "git.example.com/lib/@v"
    obstacle.write_text("not a folder")
    repairs = repair.start(places)
    assert repairs.finished == []
    assert len(repairs.postponed) == 1
    obstacle.unlink()
    assert repair.start(places).finished == [LIB.module]
    assert_projected(places.root, LIB)
    assert_tidy(places.root)


def test_a_start_goes_on_where_a_file_that_was_left_can_not_be_opened(places: Places) -> None:
    LIB.write_as_athens(places.root)
    die(places, "git.example.com/lib v1.0.0\n")
    left = places.staging / "left.file"
    left.mkdir()  # for root, as whom tests may run, no mode of a file says no
    repairs = repair.start(places)
    assert repairs.finished == [LIB.module]
    assert [str(left) in str(error) for error in repairs.postponed] == [True]


async def test_a_start_goes_on_where_the_zip_of_an_unfinished_commit_can_not_be_read(
    places: Places, volume: ModuleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    LIB.write_as_athens(places.root)
    die(places, "git.example.com/lib v1.0.0\n")

    def refuse_to_read(_: BinaryIO) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(dirhash, "read_directory", refuse_to_read)
        await volume.start()
    assert [entry["event"] for entry in logs] == ["repair_postponed"]
    assert repair.start(places).finished == [LIB.module]
    assert_projected(places.root, LIB)
    assert_tidy(places.root)


def test_a_released_hold_keeps_its_note_until_it_is_struck(places: Places) -> None:
    LIB.write_as_athens(places.root)
    with hold(places) as staging:
        note(staging, LIB.module)
    assert [file.name for file in places.staging.iterdir()] == [f"{staging.path.name}.lock"]
    assert repair.start(places).finished == [LIB.module]


def test_a_held_file_is_whole_readable_by_all_and_gone_afterwards(places: Places) -> None:
    with held_file(places, b"all of it") as fresh:
        assert (fresh.read_bytes(), fresh.stat().st_mode & 0o777) == (b"all of it", 0o644)
    assert_tidy(places.root)


def test_a_held_file_that_was_renamed_stays_where_it_went(places: Places) -> None:
    target = places.root / "kept"
    with held_file(places, b"all of it") as fresh:
        fresh.rename(target)
    assert target.read_bytes() == b"all of it"
    assert_tidy(places.root)


def test_a_start_clears_the_file_of_a_dead_owner_and_none_of_the_living(places: Places) -> None:
    dead = places.staging / "0123456789abcdef.file"
    dead.write_bytes(b"half of it")
    with held_file(places, b"all of it") as fresh:
        repair.start(places)
        assert list(places.staging.iterdir()) == [fresh]


def test_a_grave_that_a_crash_left_half_empty_is_cleared(places: Places) -> None:
    die(places, "")
    (places.staging / "0123456789abcdef").rename(places.trash / "0123456789abcdef")
    repair.start(places)
    assert_tidy(places.root)


async def test_a_folder_taken_away_while_held_fails_the_commit_and_nothing_else(
    volume: ModuleStore, root: Path
) -> None:
    # As by a neighbour whom our locks don't reach (a volume mounted with nolock).
    async with volume.stage() as staging:
        release = LIB.write(staging)
        staging.path.rename(root / ".trash" / "taken")
        with pytest.raises(Unavailable, match="the store can't be used"):
            await volume.commit(release)
    assert await volume.versions("git.example.com/lib") == []
    assert await publish(volume, LIB) is True


def test_holds_have_names_of_their_own_and_close_what_they_opened(places: Places) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with hold(places) as one, hold(places) as other:
        assert one.path != other.path
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert_tidy(places.root)
