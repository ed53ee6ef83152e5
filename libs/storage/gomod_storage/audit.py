"""The audit log beside the data: a line for each event, appended and synced, a file for each month."""

import fcntl
import os
from datetime import UTC, datetime

from gomod_storage import durable
from gomod_storage.places import Places


def append(places: Places, record: bytes) -> None:
    """Append one line, `record` without its newline, wholly or not at all. Raises OSError."""
    durable.make_folders(places.root, places.audit)
    file = places.audit / f"{datetime.now(UTC):%Y-%m}.jsonl"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        # Locked, so that what a full disk cut short can be taken back before somebody appends to it.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        try:
            _write(descriptor, (b"\n" if torn else b"") + record + b"\n")
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    if size == 0:
        durable.sync_parents(places.root, file)


def _write(descriptor: int, line: bytes) -> None:
    left = memoryview(line)
    while left:
        left = left[os.write(descriptor, left) :]
