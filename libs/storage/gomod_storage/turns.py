"""Turns that are taken across processes and replicas: a byte of one file each, held locked by whoever's turn it is.

No file is made or removed for a turn: on some filesystems that is the larger part of the work of a small download.
"""

import errno
import fcntl
import hashlib
import os
import struct
import sys
import weakref

from gomod_storage.places import Places

_MODE = 0o644
# Other systems have no such lock, or another struct for it.
_SET_LOCK: int | None = fcntl.F_OFD_SETLK if sys.platform == "linux" else None
_BYTES = 1 << 62  # as many as every filesystem can tell apart


class Turn:
    """An open file of which one byte is locked; given back with `end`, or when nobody refers to it any more.

    The latter for a task that is cancelled while a thread takes the lock for it.
    """

    def __init__(self, descriptor: int) -> None:
        self.end = weakref.finalize(self, os.close, descriptor)
        """Let the next one have it."""


def take(places: Places, key: str) -> Turn | None:
    """The turn to do the work of this key, None when it is somebody else's. Raises OSError."""
    if _SET_LOCK is None:
        raise OSError(errno.ENOSYS, "this system can't lock a byte of an open file")
    descriptor = os.open(places.turns, os.O_RDWR | os.O_CREAT, _MODE)
    try:
        # Of the open file, not of the process (F_SETLK): else two tasks of one process would both get it.
        fcntl.fcntl(descriptor, _SET_LOCK, _lock_of_byte(_byte(key)))
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return Turn(descriptor)


def _byte(key: str) -> int:
    """Which byte stands for a key. So many that no two keys share one: they could wait for each other."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % _BYTES


def _lock_of_byte(position: int) -> bytes:
    """`struct flock` (fcntl(2)): type, whence, start, length, and a process that has to be 0."""
    return struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, position, 1, 0)
