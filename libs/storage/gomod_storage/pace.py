"""Reading no faster than at a given rate, so that looking after a volume leaves its disk to those who use it."""

import io
import time
from collections.abc import Callable
from typing import BinaryIO

from gomod_storage.store import CHUNK_BYTES

_LEAST_SECONDS = 0.05  # shorter waits, as after the header of each file in a zip, cost more than they spare

Pace = Callable[[int], None]
"""Called with the number of bytes just read; returns when the next may be."""


def at_once(_: int) -> None:
    """No pace at all."""


class Rate:
    """A Pace of so many bytes a second. `wait` waits for the seconds given, and may raise to end the work."""

    def __init__(self, bytes_per_second: int, wait: Callable[[float], None] = time.sleep) -> None:
        self._bytes_per_second = bytes_per_second
        self._wait = wait
        self._due = 0.0  # monotonic seconds at which what was read so far may have been read

    def __call__(self, count: int) -> None:
        now = time.monotonic()
        # What was not read while nobody wanted to is not made up for.
        self._due = max(self._due, now) + count / self._bytes_per_second
        if self._due > now + _LEAST_SECONDS:
            self._wait(self._due - now)


def opened(descriptor: int, pace: Pace) -> BinaryIO:
    """The file that is open there, read at that pace; closing it closes the descriptor."""
    return _Paced(descriptor, pace)


class _Paced(io.BufferedReader):
    def __init__(self, descriptor: int, pace: Pace) -> None:
        super().__init__(io.FileIO(descriptor), CHUNK_BYTES)
        self._pace = pace

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._pace(len(data))
        return data
