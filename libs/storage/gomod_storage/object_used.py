"""Notes of use in a bucket: an object for each day and process, put anew with all of that day; see `used`."""

import os
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime

from gomod.errors import NotFound, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import object_keys, used
from gomod_storage.object_bucket import Bucket
from gomod_storage.used import Usage


class Notes:
    """Of one process."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._name = os.urandom(4).hex()
        self._day = date.min
        self._modules: set[ModuleVersion] = set()

    async def add(self, day: date, modules: Iterable[ModuleVersion]) -> None:
        """As Caretaker.note_use."""
        if day != self._day:
            self._day, self._modules = day, set()
        self._modules.update(modules)
        await self._bucket.put(object_keys.used(f"{day}-{self._name}"), used.lines(day, sorted(self._modules)).encode())


async def read(bucket: Bucket) -> Usage:
    """All that is known. Raises Unavailable; without any notes nothing is."""
    return used.parse([text async for text in _texts(bucket, [key async for key in bucket.keys(object_keys.USED)])])


async def recent(bucket: Bucket) -> Usage:
    """What is known of yesterday and today. Raises Unavailable."""
    today = datetime.now(UTC).date()
    keys = [key async for key in bucket.keys(object_keys.USED) if not used.is_old(_name(key), today)]
    return used.parse([text async for text in _texts(bucket, keys)])


async def merge(bucket: Bucket) -> None:
    """Put the notes of all days but the last two, which are still written to, into one object. Raises Unavailable."""
    today = datetime.now(UTC).date()
    keys = [key async for key in bucket.keys(object_keys.USED)]
    old = sorted(key for key in keys if used.is_old(_name(key), today))
    if len(old) < 2:
        return
    text = used.merged(used.parse([text async for text in _texts(bucket, old)]), today)
    # A crash from here on leaves notes twice, which say the same.
    await bucket.put(object_keys.used(used.merged_name(_name(old[-1]), os.urandom(4).hex())), text.encode())
    await bucket.delete(old)


async def _texts(bucket: Bucket, keys: list[str]) -> AsyncIterator[str]:
    for key in keys:
        try:
            yield (await bucket.get(key, key)).data.decode(errors="replace")
        except NotFound as error:  # without a part of them something might look unused
            raise Unavailable("somebody else has just put the notes of use together; try again") from error


def _name(key: str) -> str:
    return key.rpartition("/")[2]
