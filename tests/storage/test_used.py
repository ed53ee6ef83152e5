"""Use is noted without a write for each read, and nobody takes silence for disuse."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gomod.errors import Unavailable
from gomod.module import ModuleVersion
from gomod_storage import repair, used, used_files
from gomod_storage.places import Places
from gomod_storage.used import Usage, Used
from gomod_storage.volume_caretaker import VolumeCaretaker

A, B = ModuleVersion("git.example.com/Team/lib", "v1.0.0"), ModuleVersion("github.com/Azure/x", "v1.2.0")
TODAY = datetime.now(UTC).date()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def places(root: Path) -> Places:
    repair.start(Places(root))
    return Places(root)


def files(places: Places) -> list[str]:
    return sorted(file.name for file in places.used.iterdir())


def write(places: Places, day: date, *modules: ModuleVersion, replica: str = "aaaa") -> None:
    """The file that a replica wrote on that day."""
    places.used.mkdir(exist_ok=True)
    lines = [f"{day}\n", *(f"{day} {module.path} {module.version}\n" for module in modules)]
    (places.used / f"{day}-{replica}").write_text("".join(lines))


def notes_of(places: Places) -> Used:
    """The notes of another process."""
    return Used(VolumeCaretaker(places).note_use)


async def test_a_version_is_written_once_a_day_however_often_it_is_read(places: Places) -> None:
    notes = notes_of(places)
    for _ in range(3):
        for _ in range(100):
            notes.note(A)
        await notes.write()
    notes.note(B)
    await notes.write()
    (file,) = places.used.iterdir()
    assert sorted(file.read_text().split()) == sorted(
        [f"{TODAY}", f"{TODAY}", f"{TODAY}", f"{TODAY}", A.path, A.version, B.path, B.version]
    )


async def test_replicas_do_not_share_a_file(places: Places) -> None:
    first, second = notes_of(places), notes_of(places)
    first.note(A)
    second.note(B)
    await first.write()
    await second.write()
    assert len(files(places)) == 2
    assert used_files.read(places).last == {A: TODAY, B: TODAY}


async def test_what_could_not_be_written_is_written_next_time(places: Places) -> None:
    notes = notes_of(places)
    notes.note(A)
    places.used.write_text("a file in the way")
    with pytest.raises(Unavailable, match=r"Not a directory|File exists"):
        await notes.write()
    places.used.unlink()
    await notes.write()
    assert used_files.read(places).last == {A: TODAY}


def test_a_line_that_a_crash_cut_short_says_nothing(places: Places) -> None:
    write(places, ago(3), A)
    with (places.used / f"{ago(3)}-aaaa").open("a") as file:
        file.write(f"{ago(3)} {B.path} v1.")
    assert used_files.read(places) == Usage({A: ago(3)}, frozenset({ago(3)}))


def test_without_notes_nothing_is_known(places: Places) -> None:
    usage = used_files.read(places)
    assert usage.last_used(A, ago(100), TODAY) == ago(1)  # yesterday nobody watched


def test_the_last_use_is_the_newest_note(places: Places) -> None:
    for days in range(1, 10):
        write(places, ago(days), *([A] if days in (4, 7) else []))
    usage = used_files.read(places)
    assert usage.last_used(A, ago(100), TODAY) == ago(4)


def test_what_was_not_used_since_it_came_was_last_used_then(places: Places) -> None:
    for days in range(1, 10):
        write(places, ago(days))
    assert used_files.read(places).last_used(A, ago(6), TODAY) == ago(6)


def test_a_day_that_nobody_watched_counts_as_one_of_use(places: Places) -> None:
    for days in (1, 2, 3, 5, 6, 7):
        write(places, ago(days))
    assert used_files.read(places).last_used(A, ago(7), TODAY) == ago(4)


def test_merging_keeps_what_is_known_in_one_file(places: Places) -> None:
    for days in range(8):
        write(places, ago(days), *([A] if days in (4, 6) else []), replica="aaaa")
        write(places, ago(days), *([B] if days == 1 else []), replica="bbbb")
    before = used_files.read(places)
    used_files.merge(places)
    assert used_files.read(places) == before
    assert len(files(places)) == 5  # of today and of yesterday two each
    used_files.merge(places)
    assert len(files(places)) == 5
    write(places, ago(2), B, replica="late")
    used_files.merge(places)
    assert len(files(places)) == 5


def test_what_is_very_long_ago_is_forgotten(places: Places) -> None:
    for days in (used.REMEMBERED_DAYS + 1, used.REMEMBERED_DAYS - 1, 5):
        write(places, ago(days), A)
    used_files.merge(places)
    assert used_files.read(places).observed == {ago(used.REMEMBERED_DAYS - 1), ago(5)}


def test_a_merge_that_was_cut_short_loses_nothing(places: Places) -> None:
    for days in (9, 8, 7):
        write(places, ago(days), A)
    before, kept = used_files.read(places), {file: file.read_text() for file in places.used.iterdir()}
    used_files.merge(places)
    for file, text in kept.items():  # as if none of them had been deleted
        file.write_text(text)
    assert used_files.read(places) == before
