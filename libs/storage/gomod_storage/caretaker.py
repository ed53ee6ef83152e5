"""What those do with a store who look after it: the scrub, the notes of use, and retention.

tests/storage/test_caretakers.py holds the caretaker of every store to it.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gomod.module import ModuleVersion
from gomod_storage.pace import Pace
from gomod_storage.retention import Stored, Verdict
from gomod_storage.scrub import IsOwn, Seen
from gomod_storage.used import Usage


@dataclass(frozen=True, slots=True)
class Orphan:
    """Something in a store that belongs to no version."""

    name: str
    bytes: int


class Caretaker(Protocol):
    """Every operation raises Unavailable when the store can't go on, and StoreFull."""

    def scrub(self, pace: Pace, after: ModuleVersion | None = None) -> AsyncIterator[Seen]:
        """Read every version that is or should be there, those that follow `after`, and hold it to its hashes."""
        ...

    async def mend(self, seen: Seen, is_own: IsOwn) -> str:
        """Do what can be done about what the scrub saw, and say what; empty when that is nothing."""
        ...

    async def lost(self) -> int:
        """How many versions of our own are out of service."""
        ...

    def turn(self, key: str) -> AbstractAsyncContextManager[bool]:
        """A context that is True for one at a time of all who use the store and name the same key.

        Being right may not depend on it.
        """
        ...

    async def kept(self, name: str) -> bytes:
        """As ModuleStore.kept."""
        ...

    async def keep(self, name: str, data: bytes) -> None:
        """As ModuleStore.keep."""
        ...

    async def note_use(self, day: date, modules: Iterable[ModuleVersion]) -> None:
        """Write down that these were used on that day, and that somebody was watching. May be lost with the power."""
        ...

    async def usage(self) -> Usage:
        """All that is known of use. Without notes that is nothing."""
        ...

    async def recent_usage(self) -> Usage:
        """The same of yesterday and today alone, which is little to read."""
        ...

    async def merge_usage(self) -> None:
        """Put the notes of all days but the last two together."""
        ...

    def stock(self, is_own: IsOwn, today: date) -> AsyncIterator[Stored]:
        """Every whole version, with all that retention wants to know."""
        ...

    async def cull(self, verdict: Verdict) -> str:
        """Delete the version that was judged; empty when that is done, else why it was not.

        It is not when another one stands there by now, or when it is withdrawn. The same module may come back, and no
        other. Whoever reads it reads to the end.
        """
        ...

    def sweep(self, *, delete: bool) -> AsyncIterator[Orphan]:
        """What has belonged to no version for a day; with `delete`, after it was deleted."""
        ...
