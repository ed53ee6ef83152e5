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
        self.size = os.fstat(descriptor).st_size
        """Bytes in the file."""

    def read(self, start: int) -> bytes:
        """What is in the file from an offset on. Raises OSError."""
        data = b""
        while start + len(data) < self.size:
            piece = os.pread(self._descriptor, self.size - start - len(data), start + len(data))
            if not piece:
                break
            data += piece
        return data

    def append(self, line: bytes) -> None:
        """Append and sync one line, given without its newline. Raises OSError; then the file is as it was."""
        torn = self.size > 0 and self.read(self.size - 1) != b"\n"
        whole = (b"\n" if torn else b"") + line + b"\n"
        try:
            durable.write_all(self._descriptor, whole)
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        self.size += len(whole)


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
        durable.sync_entry(root, file)
