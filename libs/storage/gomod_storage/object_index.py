"""The index in a bucket: segments of lines, of which only the newest still grows, each time replaced as a whole.

A line's time is that of the line, later than all before it whatever the clocks of the writers say: who replaces the
newest segment has read it, and is refused when somebody else was faster.
"""

import asyncio
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gomod.errors import NotFound, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import object_catalog, object_keys
from gomod_storage.object_bucket import Bucket
from gomod_storage.store import Indexed

if TYPE_CHECKING:
    from obstore import UpdateVersion

SEGMENT_LINES = 1000
"""More make reading cheaper, and adding dearer: the segment is read and written for each line."""

_TRIES = 50
_PAUSE = 0.05  # seconds, at most, after the first try in which somebody else was faster; then more and more
_LAST_PAUSE = 1.0
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Segment:
    number: int
    entries: list[Indexed]
    state: "UpdateVersion"


class Index:
    """The index of one bucket. Every operation raises Unavailable."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._newest = 0  # no newer than the newest segment
        self._adding = asyncio.Lock()  # within the process nobody need be refused

    async def end(self) -> int:
        """The number of the newest segment, 0 when there is none."""
        seen = object_keys.segment(self._newest) if self._newest else None
        async for key in self._bucket.keys(object_keys.INDEX, after=seen):
            self._newest = max(self._newest, object_keys.segment_number(key))
        return self._newest

    async def add(self, module: ModuleVersion, after: int) -> None:
        """Add a line unless the segment `after`, or one that follows it, has it."""
        async with self._adding:
            for tries in range(1, _TRIES + 1):
                segments = [await self._segment(number) for number in range(max(after, 1), await self.end() + 1)]
                if any(entry.module == module for segment in segments for entry in segment.entries):
                    return
                if await self._append(module, segments[-1] if segments else None):
                    return
                await asyncio.sleep(random.uniform(0, min(tries * _PAUSE, _LAST_PAUSE)))
        raise Unavailable(f"{module}: the index changes faster than a line can be added to it")

    async def read(self, since: datetime | None, limit: int) -> list[Indexed]:
        """As ModuleStore.index."""
        newest = await self.end()
        hidden = await object_catalog.hidden(self._bucket)
        found: list[Indexed] = []
        for number in range(await self._first(since, newest), newest + 1):
            for entry in (await self._segment(number)).entries:
                if len(found) == limit:
                    return found
                if (since is None or entry.time > since) and entry.module not in hidden:
                    found.append(entry)
        return found

    async def _first(self, since: datetime | None, newest: int) -> int:
        """The first segment that has something later than `since`, by bisection."""
        low, high = 1, newest
        while since is not None and low < high:
            middle = (low + high) // 2
            if (await self._segment(middle)).entries[-1].time > since:
                high = middle
            else:
                low = middle + 1
        return low

    async def _segment(self, number: int) -> _Segment:
        key = object_keys.segment(number)
        try:
            stored = await self._bucket.get(key, key)
        except NotFound as error:
            raise Unavailable(f"{key}: missing in the store") from error
        return _Segment(number, list(_entries(stored.data)), stored.state)

    async def _append(self, module: ModuleVersion, newest: _Segment | None) -> bool:
        """Add a line to the newest segment, or begin the next one; False when somebody else was faster."""
        earlier = [newest.entries[-1].time + _MICROSECOND] if newest else []
        entry = Indexed(module, max([datetime.now(UTC), *earlier]))
        if newest is None or len(newest.entries) >= SEGMENT_LINES:
            key = object_keys.segment(newest.number + 1 if newest else 1)
            return await self._bucket.create(key, _lines([entry])) is not None
        key = object_keys.segment(newest.number)
        return await self._bucket.replace(key, _lines([*newest.entries, entry]), newest.state) is not None


def _lines(entries: list[Indexed]) -> bytes:
    return b"".join(_line(entry) for entry in entries)


def _line(entry: Indexed) -> bytes:
    time = f"{entry.time:%Y-%m-%dT%H:%M:%S.%fZ}"
    line = {"Path": entry.module.path, "Version": entry.module.version, "Timestamp": time}
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def _entries(data: bytes) -> Iterator[Indexed]:
    for line in data.splitlines():
        members = json.loads(line)
        yield Indexed(ModuleVersion(members["Path"], members["Version"]), datetime.fromisoformat(members["Timestamp"]))
