"""Files of lines that only ever grow: a line is there wholly or not at all, whoever writes and whatever goes wrong."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gomod_storage import durable


class Journal:
    """An open file of lines, the caller's alone."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return os.fstat(self._descriptor).st_size

    def append(self, line: bytes) -> None:
        """Append and sync one line, given without its newline. Raises OSError; then the file is as it was."""
        size = self.size
        torn = size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n"
        try:
            _write(self._descriptor, (b"\n" if torn else b"") + line + b"\n")
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise


@contextmanager
def opened(root: Path, file: Path, mode: int) -> Iterator[Journal]:
    """The file below `root`, made when missing. Raises OSError."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, mode)
    try:
        # Locked, so that what a full disk cut short can be taken back before somebody appends to it.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        journal = Journal(descriptor)
        fresh = journal.size == 0
        yield journal
    finally:
        os.close(descriptor)
    if fresh:
        durable.sync_parents(root, file)


def _write(descriptor: int, line: bytes) -> None:
    left = memoryview(line)
    while left:
        left = left[os.write(descriptor, left) :]
