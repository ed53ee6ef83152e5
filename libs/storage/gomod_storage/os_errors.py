"""OSError becomes an error of ours here and nowhere else."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from gomod.errors import NotFound, StoreFull, Unavailable
from gomod_storage.places import Places

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def reading(places: Places, what: str) -> Iterator[None]:
    """Raise NotFound when `what` is known to be absent, else Unavailable: a failure is never answered as a miss."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        _check_mounted(places)
        raise NotFound(f"{what}: not in the store") from error
    except OSError as error:
        raise _unavailable(what, error) from error


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Raise StoreFull or Unavailable. Nothing is ever absent when writing: what vanished is trouble."""
    try:
        yield
    except OSError as error:
        raise _unavailable(what, error) from error


def _check_mounted(places: Places) -> None:
    # With the volume gone its mount point is an empty folder, in which every module looks absent.
    try:
        places.staging.stat()
    except OSError as error:
        raise Unavailable("the store's volume is not there") from error


def _unavailable(what: str, error: OSError) -> Unavailable:
    if error.errno in _NO_ROOM:
        return StoreFull(f"{what}: the store has no room left")
    return Unavailable(f"{what}: the store can't be used: {error.strerror}")
