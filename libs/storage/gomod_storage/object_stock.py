"""What a bucket holds, version by version, with all that retention wants to know."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime

from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod_storage import object_catalog, object_keys
from gomod_storage.object_bucket import Bucket
from gomod_storage.object_commit import Commits, Found
from gomod_storage.retention import Stored
from gomod_storage.scrub import IsOwn
from gomod_storage.used import Usage

_AT_ONCE = 32


async def take(bucket: Bucket, commits: Commits, is_own: IsOwn, usage: Usage, today: date) -> AsyncIterator[Stored]:
    """Every whole version. Raises Unavailable; also when the record of one can't be read."""
    hidden = await object_catalog.hidden(bucket)
    async for found in records(bucket, commits):
        record = found.record
        if record.fate:
            continue
        came = datetime.fromtimestamp(record.modified, UTC).date()
        yield Stored(
            record.module,
            own=is_own(record.path),
            withdrawn=record.module in hidden,
            bytes=record.size,
            last_used=usage.last_used(record.module, came, today),
            edition=record.nonce,
        )


async def records(bucket: Bucket, commits: Commits) -> AsyncIterator[Found]:
    """Every record, those of versions that were taken away as well. Raises Unavailable."""
    await bucket.confirm()
    waiting: list[ModuleVersion] = []
    async for key in bucket.keys(object_keys.MODULES):
        waiting.append(object_keys.module_of(key))
        if len(waiting) == _AT_ONCE:
            for found in await _find(commits, waiting):
                yield found
            waiting.clear()
    for found in await _find(commits, waiting):
        yield found


async def _find(commits: Commits, modules: list[ModuleVersion]) -> list[Found]:
    found: list[Found] = []

    async def find(module: ModuleVersion) -> None:
        with suppress(NotFound):  # no record is ever deleted by us
            found.append(await commits.find(module))

    await asyncio.gather(*map(find, modules))
    return found
