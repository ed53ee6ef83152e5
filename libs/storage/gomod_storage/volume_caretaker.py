"""The caretaker of a volume."""

import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from typing import TypeVar

from anyio import CancelScope, CapacityLimiter, to_thread

from gomod.module import ModuleVersion
from gomod_storage import gone, kept, os_errors, removal, scrub, stock, used_files
from gomod_storage.caretaker import Orphan
from gomod_storage.pace import Pace
from gomod_storage.places import Places
from gomod_storage.retention import Stored, Verdict
from gomod_storage.scrub import IsOwn, Seen
from gomod_storage.threads import run_sync
from gomod_storage.turns import Turns
from gomod_storage.used import Usage

T = TypeVar("T")


class VolumeCaretaker:
    """A Caretaker of one folder. Each operation is a hop to a thread; what is iterated, one for each version."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._turns = Turns(places)
        self._name = os.urandom(4).hex()

    def scrub(self, pace: Pace, after: ModuleVersion | None = None) -> AsyncIterator[Seen]:
        return _in_thread(partial(scrub.scrub, self._places, pace, after))

    async def mend(self, seen: Seen, is_own: IsOwn) -> str:
        return await run_sync(self._mend, seen, is_own)

    async def lost(self) -> int:
        return await run_sync(self._lost)

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[bool]:
        with os_errors.writing("whose turn it is"):
            turn = await run_sync(self._turns.take, key)
        try:
            yield turn is not None
        finally:
            if turn is not None:
                with CancelScope(shield=True):
                    await run_sync(turn.end)

    async def kept(self, name: str) -> bytes:
        return await run_sync(kept.read, self._places, name)

    async def keep(self, name: str, data: bytes) -> None:
        await run_sync(kept.keep, self._places, name, data)

    async def note_use(self, day: date, modules: Iterable[ModuleVersion]) -> None:
        await run_sync(self._note_use, day, modules)

    async def usage(self) -> Usage:
        return await run_sync(self._usage)

    async def recent_usage(self) -> Usage:
        return await run_sync(self._recent_usage)

    async def merge_usage(self) -> None:
        await run_sync(self._merge_usage)

    def stock(self, is_own: IsOwn, today: date) -> AsyncIterator[Stored]:
        return _in_thread(partial(stock.take, self._places, is_own, today))

    async def cull(self, verdict: Verdict) -> str:
        return await run_sync(self._cull, verdict)

    async def sweep(self, *, delete: bool) -> AsyncIterator[Orphan]:  # noqa: ARG002 - there is nothing to delete
        # What dead owners left in staging goes with the next start.
        nothing: tuple[Orphan, ...] = ()
        for orphan in nothing:
            yield orphan

    def _mend(self, seen: Seen, is_own: IsOwn) -> str:
        module, finding = seen
        with os_errors.writing(str(module)):
            if finding is not None:
                return scrub.mend(self._places, finding, is_own)
            removal.unmark(self._places, module)
            return ""

    def _lost(self) -> int:
        with os_errors.writing("lost versions"):
            return sum(1 for _ in gone.lost(self._places))

    def _note_use(self, day: date, modules: Iterable[ModuleVersion]) -> None:
        with os_errors.writing("notes of use"):
            used_files.append(self._places, day, self._name, modules)

    def _usage(self) -> Usage:
        with os_errors.writing("notes of use"):
            return used_files.read(self._places)

    def _recent_usage(self) -> Usage:
        with os_errors.writing("notes of use"):
            return used_files.recent(self._places)

    def _merge_usage(self) -> None:
        with os_errors.writing("notes of use"):
            used_files.merge(self._places)

    def _cull(self, verdict: Verdict) -> str:
        with os_errors.writing(str(verdict.stored.module)):
            return stock.cull(self._places, verdict)


async def _in_thread(begin: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
    """What an iterator yields that reads the volume. Raises Unavailable; who is cancelled does not wait for it."""
    # A thread of its own, for a scrub mostly waits; the pool's are for those who answer clients.
    limiter = CapacityLimiter(1)
    iterator = begin()
    while True:
        with os_errors.writing("the volume"):
            item = await to_thread.run_sync(next, iterator, None, limiter=limiter, abandon_on_cancel=True)
        if item is None:
            return
        yield item
