"""Taking turns across processes and replicas: work that several of them want is done by one while the others wait.

It spares work and promises nothing: whoever waited too long, or can't lock files here, goes on all the same.
"""

import os
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import structlog
from anyio.to_thread import run_sync

from gomod_storage import locks
from gomod_storage.places import Places

log = structlog.get_logger(__name__)

_FIRST_PAUSE = 0.01  # seconds between two looks; each further one is twice as long
_LAST_PAUSE = 0.2


class _Turn:
    """A file that is held locked; given back with `end`, or when nobody refers to it any more.

    The latter for a task that is cancelled while a thread takes the lock for it.
    """

    def __init__(self, file: Path, descriptor: int) -> None:
        self._file = file
        self._close = weakref.finalize(self, os.close, descriptor)

    def end(self) -> None:
        # Removed while it is held, so that whoever opened it meanwhile finds that it guards nothing, and looks again.
        with suppress(OSError):
            self._file.unlink()
        self._close()


@asynccontextmanager
async def turn(places: Places, key: str, patience: float) -> AsyncIterator[None]:
    """As ModuleStore.alone."""
    taken = await _wait(places.turn(key), patience)
    try:
        yield
    finally:
        if taken is not None:
            # Not abandoned when cancelled: it is two system calls.
            with anyio.CancelScope(shield=True):
                await run_sync(taken.end)


def tidy(places: Places) -> None:
    """Remove the files of those who died in their turn. Raises OSError."""
    for file in places.turns():
        with suppress(FileNotFoundError):
            left = _take(file, 0)
            if left is not None:
                left.end()


async def _wait(file: Path, patience: float) -> _Turn | None:
    """The turn; None when it didn't come in time or can't come."""
    # Looking again and again instead of waiting in the kernel, where nothing could cancel it.
    pause = _FIRST_PAUSE
    with anyio.move_on_after(patience):
        while True:
            try:
                taken = await run_sync(_take, file, os.O_CREAT)
            except OSError as error:
                log.warning("turns_not_taken", error=str(error))
                return None
            if taken is not None:
                return taken
            await anyio.sleep(pause)
            pause = min(2 * pause, _LAST_PAUSE)
    log.warning("turn_not_waited_for", file=file.name, seconds=patience)
    return None


def _take(file: Path, flags: int) -> _Turn | None:
    descriptor = locks.take(file, flags)
    return None if descriptor is None else _Turn(file, descriptor)
