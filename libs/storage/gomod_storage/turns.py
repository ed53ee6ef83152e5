"""Turns that are taken across processes and replicas: a byte of one file each, held locked by whoever's turn it is.

No file is made, opened or removed for a turn: on some filesystems that is the larger part of the work of a small
download.
"""

import errno
import fcntl
import hashlib
import os
import struct
import sys
import weakref
from contextlib import suppress
from threading import Lock

from gomod_storage.places import Places

_MODE = 0o644
# Other systems have no such lock, or another struct for it.
_SET_LOCK: int | None = fcntl.F_OFD_SETLK if sys.platform == "linux" else None
_BYTES = 1 << 62  # as many as every filesystem can tell apart


class Turn:
    """A byte that is locked; given back with `end`, or when nobody refers to it any more.

    The latter for a task that is cancelled while a thread takes the lock for it.
    """

    def __init__(self, turns: "Turns", byte: int) -> None:
        self.end = weakref.finalize(self, turns.give_back, byte)
        """Let the next one have it."""


class Turns:
    """The turns of one volume, for one of those who use it. Safe to use from many threads."""

    def __init__(self, places: Places) -> None:
        self._file = places.turns
        self._descriptor: int | None = None
        self._ours: set[int] = set()  # the kernel does not tell apart who has a byte by the same open file
        self._lock = Lock()

    def take(self, key: str) -> Turn | None:
        """The turn to do the work of this key, None when it is somebody else's. Raises OSError."""
        byte = _byte(key)
        with self._lock:
            descriptor = self._opened()
            if byte in self._ours:
                return None
            self._ours.add(byte)
        try:
            _set(descriptor, fcntl.F_WRLCK, byte)
        except OSError as error:
            self._ours.discard(byte)
            if isinstance(error, BlockingIOError):
                return None
            raise
        return Turn(self, byte)

    def give_back(self, byte: int) -> None:
        """Let the next one have the turn that this byte stands for."""
        assert self._descriptor is not None  # it was taken
        with suppress(OSError):  # at worst the next one waits until his patience, or this process, ends
            _set(self._descriptor, fcntl.F_UNLCK, byte)
        self._ours.discard(byte)

    def _opened(self) -> int:
        if self._descriptor is None:
            if _SET_LOCK is None:
                raise OSError(errno.ENOSYS, "this system can't lock a byte of an open file")
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, _MODE)
            weakref.finalize(self, os.close, self._descriptor)
        return self._descriptor


def _byte(key: str) -> int:
    """Which byte stands for a key. So many that no two keys share one: they could wait for each other."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % _BYTES


def _set(descriptor: int, kind: int, position: int) -> None:
    """Lock or unlock one byte for the open file, by `struct flock` (fcntl(2)): type, whence, start, length, 0."""
    assert _SET_LOCK is not None  # or no descriptor would be open
    fcntl.fcntl(descriptor, _SET_LOCK, struct.pack("hhqqi4x", kind, os.SEEK_SET, position, 1, 0))
