"""The names of the folders in a folder, remembered for as long as it does not change."""

import os
import threading
import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gomod.module import canonical_version
from gomod_storage.listing import SETTLED_SECONDS
from gomod_storage.names import may_lead_on

_REMEMBERED_NAMES = 100_000


@dataclass(frozen=True, slots=True)
class Inside:
    """What is in one folder: the names of the folders that may be modules or lead to some, sorted."""

    stamp: tuple[int, int]  # the folder's inode and mtime in ns
    settled: bool
    names: tuple[str, ...]
    may_be_module: bool  # some read as versions

    def since(self, first: str) -> Sequence[str]:
        """The names from `first` on."""
        return self.names[bisect_left(self.names, first) :]


class Folders:
    """The folders below a volume's root. Safe to use from many threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, ...], Inside] = OrderedDict()  # the least recently used first
        self._size = 0

    def inside(self, elements: Sequence[str]) -> Inside:
        """What is in the folder of these elements. Raises OSError; FileNotFoundError when there is none."""
        folder, key = Path(self._root, *elements), tuple(elements)
        with self._lock:
            known = self._known.get(key)
        now = time.time()  # before the folder's mtime is read
        status = folder.stat()
        stamp = (status.st_ino, status.st_mtime_ns)
        if known is None or not known.settled or known.stamp != stamp:
            known = _read(folder, stamp, now - status.st_mtime > SETTLED_SECONDS)
        if not known.may_be_module:  # else there are few but versions, which Listings remembers
            self._remember(key, known)
        return known

    def _remember(self, key: tuple[str, ...], inside: Inside) -> None:
        with self._lock:
            replaced = self._known.pop(key, None)
            self._known[key] = inside
            self._size += 1 + len(inside.names) - (1 + len(replaced.names) if replaced else 0)
            while self._size > _REMEMBERED_NAMES and len(self._known) > 1:
                self._size -= 1 + len(self._known.popitem(last=False)[1].names)


def _read(folder: Path, stamp: tuple[int, int], settled: bool) -> Inside:
    with os.scandir(folder) as entries:
        found = [entry.name for entry in entries if _counts(entry.name) and entry.is_dir(follow_symlinks=False)]
    may_be_module = any(canonical_version(name) == name for name in found)
    return Inside(stamp, settled, tuple(sorted(found)), may_be_module)


def _counts(name: str) -> bool:
    return may_lead_on(name) or canonical_version(name) == name
