"""Turns that are taken across processes and replicas: a file each, held locked by whoever's turn it is."""

import os
import weakref
from contextlib import suppress
from pathlib import Path

from gomod_storage import locks
from gomod_storage.places import Places


class Turn:
    """A file that is held locked; given back with `end`, or when nobody refers to it any more.

    The latter for a task that is cancelled while a thread takes the lock for it.
    """

    def __init__(self, file: Path, descriptor: int) -> None:
        self._file = file
        self._close = weakref.finalize(self, os.close, descriptor)

    def end(self) -> None:
        """Let the next one have it."""
        # Removed while it is held, so that whoever opened it meanwhile finds that it guards nothing, and looks again.
        with suppress(OSError):
            self._file.unlink()
        self._close()


def take(file: Path, flags: int = os.O_CREAT) -> Turn | None:
    """The turn, None when it is somebody else's. Raises OSError."""
    descriptor = locks.take(file, flags)
    return None if descriptor is None else Turn(file, descriptor)


def tidy(places: Places) -> None:
    """Remove the files of those who died in their turn. Raises OSError."""
    for file in places.turns():
        with suppress(FileNotFoundError):
            left = take(file, flags=0)
            if left is not None:
                left.end()
