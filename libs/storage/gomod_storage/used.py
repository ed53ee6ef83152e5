"""When each version was last used: noted in memory, and now and then written down, never once for each read.

A line is `<day> <module> <version>`, or a day alone: somebody was watching then. A replica has notes of its own for
each day, so nobody waits for anybody; what is older is merged. Nobody knows what happened on a day that no line has, so
whatever depends on it counts as used then.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from gomod.module import ModuleVersion

REMEMBERED_DAYS = 400
"""What is longer ago is forgotten: no retention looks further back."""

Write = Callable[[date, Iterable[ModuleVersion]], Awaitable[None]]
"""As Caretaker.note_use."""


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

    def __init__(self, write: Write) -> None:
        self._write = write
        self._noted: set[ModuleVersion] = set()
        self._written: set[ModuleVersion] = set()
        self._day = date.min

    def note(self, module: ModuleVersion) -> None:
        """A file of this version was served. Costs less than a microsecond."""
        self._noted.add(module)

    async def write(self) -> None:
        """Write down what was noted since the last time and is not written yet today; when it fails, nothing is lost.

        Raises StoreFull and Unavailable.
        """
        today = datetime.now(UTC).date()
        if today != self._day:
            self._written.clear()
        noted, self._noted = self._noted, set()
        fresh = noted - self._written
        if fresh or today != self._day:
            try:
                await self._write(today, fresh)
            except BaseException:
                self._noted |= noted
                raise
        self._day = today
        self._written |= fresh


def lines(day: date, modules: Iterable[ModuleVersion]) -> str:
    """The notes of one day."""
    return "".join([f"{day}\n", *(f"{day} {module.path} {module.version}\n" for module in modules)])


def parse(texts: Iterable[str]) -> Usage:
    """What notes say together."""
    last: dict[ModuleVersion, date] = {}
    observed: set[date] = set()
    for day, module in (line for text in texts for line in _lines(text)):
        observed.add(day)
        if module is not None:
            last[module] = max(day, last.get(module, day))
    return Usage(last, frozenset(observed))


def merged(usage: Usage, today: date) -> str:
    """The same in one text, but for what is too long ago."""
    horizon = today - timedelta(days=REMEMBERED_DAYS)
    days = [f"{day}\n" for day in sorted(usage.observed) if day > horizon]
    return "".join(
        days + [f"{day} {module.path} {module.version}\n" for module, day in usage.last.items() if day > horizon]
    )


def is_old(name: str, today: date) -> bool:
    """Whether notes of that name, which begins with their day, are of neither of the last two days."""
    return name < f"{today - timedelta(days=1)}"


def merged_name(newest: str, nonce: str) -> str:
    """The name of old notes put together: that of the newest of them, so that the next merge takes it as well."""
    return f"{newest.partition('~')[0]}~{nonce}"


def _lines(text: str) -> Iterator[tuple[date, ModuleVersion | None]]:
    for line in text.splitlines(keepends=True):
        day, *used = line.removesuffix("\n").split(" ")
        # One that a crash cut short says nothing.
        with suppress(ValueError, TypeError):
            if line.endswith("\n"):
                yield date.fromisoformat(day), ModuleVersion(*used) if used else None
