"""When each version was last used: noted in memory, and now and then written down, never once for each read.

A line is `<day> <module> <version>`, or a day alone: somebody was watching then. A replica has a file of its own for
each day, so nobody waits for anybody; what is older is merged into one file. Nobody knows what happened on a day that
no line has, so whatever depends on it counts as used then.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gomod.module import ModuleVersion
from gomod_storage import durable
from gomod_storage.places import Places
from gomod_storage.staging import hold

REMEMBERED_DAYS = 400
"""What is longer ago is forgotten: no retention looks further back."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known of the use of everything stored."""

    last: dict[ModuleVersion, date]
    observed: frozenset[date]

    def last_used(self, module: ModuleVersion, stored: date, today: date) -> date:
        """The last day on which a version was used, as far as can be known, or came here: when it was not used since.

        A day that nobody observed counts as one of use; today alone may be unobserved as yet.
        """
        last = max(stored, self.last.get(module, stored))
        day = today - timedelta(days=1)
        while day > last and day in self.observed:
            day -= timedelta(days=1)
        return max(day, last)


class Used:
    """The notes of one process."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._name = os.urandom(4).hex()
        self._noted: set[ModuleVersion] = set()
        self._written: set[ModuleVersion] = set()
        self._day = date.min

    def note(self, module: ModuleVersion) -> None:
        """A file of this version was served. Costs less than a microsecond."""
        self._noted.add(module)

    def write(self) -> None:
        """Write down what was noted since the last time and is not written yet today. Raises OSError; nothing is lost.

        Not synced: with the power the notes of some minutes may go.
        """
        today = datetime.now(UTC).date()
        if today != self._day:
            self._written.clear()
        noted, self._noted = self._noted, set()
        fresh = noted - self._written
        if fresh or today != self._day:
            try:
                self._append(today, fresh)
            except OSError:
                self._noted |= noted
                raise
        self._day = today
        self._written |= fresh

    def _append(self, today: date, fresh: Iterable[ModuleVersion]) -> None:
        durable.make_folders(self._places.root, self._places.used)
        lines = [f"{today}\n", *(f"{today} {module.path} {module.version}\n" for module in fresh)]
        with (self._places.used / f"{today}-{self._name}").open("a") as file:
            file.write("".join(lines))


def read(places: Places) -> Usage:
    """All that is known. Raises OSError; without any notes nothing is."""
    return _read(_files(places))


def merge(places: Places) -> None:
    """Put the notes of all days but the last two, which are still written to, into one file. Raises OSError."""
    today = datetime.now(UTC).date()
    old = [file for file in _files(places) if file.name < f"{today - timedelta(days=1)}"]
    if len(old) < 2:
        return
    usage, horizon = _read(old), today - timedelta(days=REMEMBERED_DAYS)
    lines = [f"{day}\n" for day in sorted(usage.observed) if day > horizon]
    lines += [f"{day} {module.path} {module.version}\n" for module, day in usage.last.items() if day > horizon]
    with hold(places) as staging:
        fresh = staging.path / "used"
        durable.write(fresh, "".join(lines).encode())
        # Named like the newest of them, so that the next one merges it. A crash here leaves notes twice, which say the
        # same.
        fresh.rename(places.used / f"{old[-1].name.partition('~')[0]}~{os.urandom(4).hex()}")
        durable.sync(places.used)
    for file in old:
        file.unlink(missing_ok=True)


def _files(places: Places) -> list[Path]:
    try:
        return sorted(places.used.iterdir())
    except FileNotFoundError:
        return []


def _read(files: Iterable[Path]) -> Usage:
    last: dict[ModuleVersion, date] = {}
    observed: set[date] = set()
    for day, module in (line for file in files for line in _lines(file)):
        observed.add(day)
        if module is not None:
            last[module] = max(day, last.get(module, day))
    return Usage(last, frozenset(observed))


def _lines(file: Path) -> Iterator[tuple[date, ModuleVersion | None]]:
    with file.open(errors="replace") as lines:
        for line in lines:
            day, *used = line.removesuffix("\n").split(" ")
            # One that a crash cut short says nothing.
            with suppress(ValueError, TypeError):
                if line.endswith("\n"):
                    yield date.fromisoformat(day), ModuleVersion(*used) if used else None
