"""flock: the kernel gives a lock back when its holder ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the file (made when missing) locked; waits for whoever holds it, thread or process."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def take(file: Path, flags: int = 0) -> int | None:
    """A descriptor that holds the file locked until it is closed; None when somebody else holds it or had it removed.

    With O_CREAT | O_EXCL in `flags` the file is new. Raises OSError; FileNotFoundError when there is no file to open.
    """
    descriptor = os.open(file, os.O_RDWR | flags, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Between our open and our lock its last holder may have removed it: then it guards nothing any more.
        if os.fstat(descriptor).st_nlink > 0:
            return descriptor
    except BlockingIOError:
        pass
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
