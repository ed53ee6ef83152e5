"""A little room that is laid up for deleting on a full volume: a note, a mark and a list come before anything is freed.

Files that are made at the start and deleted when the rest has run out; nothing is lost with them. Of a user's quota,
which a file system does not count as room, nothing is known here.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gomod_storage import durable
from gomod_storage.places import Places

_FILES = 32  # a deletion makes some ten, and folders for its mark
_FILE_BYTES = 4096  # a block


def make(places: Places) -> None:
    """Make what is missing of it, as far as there is room. Raises nothing."""
    with suppress(OSError):  # a volume that is full already, or read-only
        durable.make_folder(places.reserve)
        for number in range(_FILES):
            file = places.reserve / f"{number}"
            if not file.exists() or file.stat().st_size < _FILE_BYTES:
                file.write_bytes(os.urandom(_FILE_BYTES))  # which no file system makes smaller


@contextmanager
def spent(places: Places) -> Iterator[None]:
    """While the context lasts the reserve is room for everybody, if there is hardly any other. Raises OSError."""
    if not _is_needed(places):
        yield
        return
    with suppress(OSError):  # another user's: it may do without, and says so if not
        for number in range(_FILES):
            (places.reserve / f"{number}").unlink(missing_ok=True)
    try:
        yield
    finally:
        make(places)


def _is_needed(places: Places) -> bool:
    volume = os.statvfs(places.root)
    few_inodes = volume.f_files > 0 and volume.f_favail < _FILES  # where they are made as needed it has 0 of 0
    return few_inodes or volume.f_bavail * volume.f_frsize < _FILES * _FILE_BYTES
