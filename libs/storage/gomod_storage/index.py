"""The index: a line for each version in the order in which they came to be seen, as the public index words it.

A line's time is that of the line, later than all before it whatever the clock says. So whoever has read up to some time
has missed nothing before it and finds all that comes after it, a version that was noticed late as well.
"""

import json
import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from gomod.module import ModuleVersion
from gomod_storage import gone, journal, withdrawn
from gomod_storage.places import Places
from gomod_storage.store import Indexed

_MODE = 0o644
_MICROSECOND = timedelta(microseconds=1)
_TAIL_BYTES = 16384  # more than the longest line, with a path as long as filesystems take


def end(places: Places) -> int:
    """Where the index ends now, in bytes. Raises OSError."""
    try:
        return places.index.stat().st_size
    except FileNotFoundError:
        return 0


def add(places: Places, module: ModuleVersion, after: int = 0) -> None:
    """Add a version unless the index, past its first `after` bytes, has it. Raises OSError.

    `after` is what `end` said before the version came to be: then only a moment's lines need to be looked through.
    """
    with journal.opened(places.root, places.index, _MODE) as lines:
        if _names(lines.read(after), module):
            return
        newest = next(_entries(reversed(lines.read(max(0, lines.size - _TAIL_BYTES)).splitlines())), None)
        now = datetime.now(UTC)
        lines.append(_line(Indexed(module, now if newest is None else max(now, newest.time + _MICROSECOND))))


def read(places: Places, since: datetime | None, limit: int) -> list[Indexed]:
    """As ModuleStore.index. Raises OSError; FileNotFoundError when nothing was ever added."""
    found: list[Indexed] = []
    with places.index.open("rb") as file:
        if since is not None:
            _seek_past(file, since)
        for entry in _entries(file):
            if len(found) == limit:
                break
            if not _is_hidden(places, entry.module):
                found.append(entry)
    return found


def _is_hidden(places: Places, module: ModuleVersion) -> bool:
    return withdrawn.file(places, module).exists() or gone.file(places, module, "gone").exists()


def _key(module: ModuleVersion) -> bytes:
    return f'{{"Path":"{module.path}","Version":"{module.version}",'.encode()


def _names(lines: bytes, module: ModuleVersion) -> bool:
    """Whether one of the lines is the version's. One that a crash cut short behind the version's name is not."""
    own = re.finditer(rb"^%b.*$" % re.escape(_key(module)), lines, re.MULTILINE)
    return any(_entries(line[0] for line in own))


def _line(entry: Indexed) -> bytes:
    # Neither a path nor a version has anything in it that JSON escapes.
    return _key(entry.module) + f'"Timestamp":"{entry.time:%Y-%m-%dT%H:%M:%S.%fZ}"}}'.encode()


def _entries(lines: Iterable[bytes]) -> Iterator[Indexed]:
    """What whole lines say; one that a crash cut short, or that is being written, says nothing."""
    for line in lines:
        try:
            members = json.loads(line)
            module = ModuleVersion(members["Path"], members["Version"])
            yield Indexed(module, datetime.fromisoformat(members["Timestamp"]))
        except (ValueError, KeyError, TypeError):
            continue


def _seek_past(file: BinaryIO, since: datetime) -> None:
    """Go to the first line that is later, by bisection over the bytes."""

    def is_past(offset: int) -> bool:
        _seek_line(file, offset)
        entry = next(_entries(file), None)
        return entry is None or entry.time > since

    size = os.fstat(file.fileno()).st_size
    _seek_line(file, bisect_left(range(size), True, key=is_past))


def _seek_line(file: BinaryIO, offset: int) -> None:
    """Go to the first line that begins at `offset` or later."""
    file.seek(max(0, offset - 1))
    if offset:
        file.readline()
