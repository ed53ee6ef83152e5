"""Which versions of a module stand: read from its folder, remembered for as long as the folder does not change."""

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from gomod import semver
from gomod.errors import InvalidVersion
from gomod.module import canonical_version, check_path_major, split_path_version
from gomod_storage import version_folder
from gomod_storage.places import Places

SETTLED_SECONDS = 2.0
"""A folder changed less than this before it was read may change again without another mtime: clocks tick coarsely."""

_REMEMBERED_VERSIONS = 100_000
"""How many versions, of all modules together, are kept in mind: some 30 MB."""


@dataclass(frozen=True, slots=True)
class _Listing:
    stamp: tuple[int, int]  # the folder's inode and mtime in ns
    settled: bool
    whole: dict[str, int]  # version → inode of its folder
    torn: tuple[str, ...]  # folders named like versions that are not whole: Athens may be writing them
    versions: tuple[str, ...]  # the whole ones, sorted


class Listings:
    """The versions of each module. Safe to use from many threads."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Listing] = OrderedDict()  # the least recently used first
        self._size = 0

    def versions(self, path: str) -> list[str]:
        """All whole versions of a module, sorted. Raises OSError; FileNotFoundError when it has no folder."""
        folder = self._places.module(path)
        with self._lock:
            known = self._known.get(path)
        now = time.time()  # before the folder's mtime is read
        status = folder.stat()
        stamp = (status.st_ino, status.st_mtime_ns)
        if known is None or not known.settled or known.stamp != stamp or _any_whole(folder, known.torn):
            known = _read(folder, path, stamp, now - status.st_mtime > SETTLED_SECONDS, known.whole if known else {})
        self._remember(path, known)
        return list(known.versions)

    def _remember(self, path: str, listing: _Listing) -> None:
        with self._lock:
            replaced = self._known.pop(path, None)
            self._known[path] = listing
            self._size += len(listing.versions) - (len(replaced.versions) if replaced else 0)
            while self._size > _REMEMBERED_VERSIONS and len(self._known) > 1:
                self._size -= len(self._known.popitem(last=False)[1].versions)


def _read(folder: Path, path: str, stamp: tuple[int, int], settled: bool, known: dict[str, int]) -> _Listing:
    _, path_major = split_path_version(path)
    whole: dict[str, int] = {}
    torn: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            # A version that was whole once stays so: it need not be looked into again.
            if known.get(entry.name) == entry.inode():
                whole[entry.name] = entry.inode()
            elif _can_be_version(entry.name, path_major) and entry.is_dir():
                if version_folder.stands(folder / entry.name):
                    whole[entry.name] = entry.inode()
                else:
                    torn.append(entry.name)
    return _Listing(stamp, settled, whole, tuple(torn), tuple(semver.sort(whole)))


def _can_be_version(name: str, path_major: str) -> bool:
    # Also the folder of a longer module path that begins with this one, hence the look inside.
    if canonical_version(name) != name or not name:
        return False
    try:
        check_path_major(name, path_major)
    except InvalidVersion:
        return False
    return True


def _any_whole(folder: Path, versions: tuple[str, ...]) -> bool:
    return any(version_folder.stands(folder / version) for version in versions)
