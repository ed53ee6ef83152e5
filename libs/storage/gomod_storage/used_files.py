"""Notes of use on a volume: a file for each day and process, which grows; see `used`."""

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from gomod.module import ModuleVersion
from gomod_storage import durable, used
from gomod_storage.places import Places
from gomod_storage.staging import held_file
from gomod_storage.used import Usage


def append(places: Places, day: date, name: str, modules: Iterable[ModuleVersion]) -> None:
    """Add to the notes of a process. Raises OSError. Not synced: with the power those of some minutes may go."""
    durable.make_folders(places.root, places.used)
    with (places.used / f"{day}-{name}").open("a") as file:
        file.write(used.lines(day, modules))


def read(places: Places) -> Usage:
    """All that is known. Raises OSError; without any notes nothing is."""
    return used.parse(_text(file) for file in _files(places))


def recent(places: Places) -> Usage:
    """What is known of yesterday and today. Raises OSError."""
    today = datetime.now(UTC).date()
    return used.parse(_text(file) for file in _files(places) if not used.is_old(file.name, today))


def merge(places: Places) -> None:
    """Put the notes of all days but the last two, which are still written to, into one file. Raises OSError."""
    today = datetime.now(UTC).date()
    old = [file for file in _files(places) if used.is_old(file.name, today)]
    if len(old) < 2:
        return
    text = used.merged(used.parse(_text(file) for file in old), today)
    with held_file(places, text.encode()) as fresh:
        # A crash from here on leaves notes twice, which say the same.
        fresh.rename(places.used / used.merged_name(old[-1].name, os.urandom(4).hex()))
        durable.sync(places.used)
    for file in old:
        file.unlink(missing_ok=True)


def _files(places: Places) -> list[Path]:
    try:
        return sorted(places.used.iterdir())
    except FileNotFoundError:
        return []


def _text(file: Path) -> str:
    return file.read_text(errors="replace")
