"""Zips that no version has: what an upload left that died before its record, and what was taken away.

They go in two steps. First they are moved, and a day later they are deleted; for no look at the records can say that
nobody commits the same zip at this moment. Who commits looks after his record whether the zip still is there, and who
sweeps looks at the records again after he moved it: whichever comes second puts it back.
"""

import time
from collections.abc import AsyncIterator

from gomod_storage import object_keys, object_stock
from gomod_storage.caretaker import Orphan
from gomod_storage.object_bucket import Bucket, Listed
from gomod_storage.object_commit import Commits

GRACE_SECONDS = 24 * 3600.0
"""A zip may lie there for so long before its record comes; and so long who reads a version that is taken away has."""


async def sweep(bucket: Bucket, commits: Commits, *, delete: bool) -> AsyncIterator[Orphan]:
    """As Caretaker.sweep."""
    needed = await _needed(bucket, commits)
    if delete:
        await _empty(bucket, needed)
    moved: list[str] = []
    async for blob in bucket.objects(object_keys.BLOBS):
        if blob.key in needed or not _is_old(blob):
            continue
        if delete:
            await bucket.copy(blob.key, object_keys.swept(blob.key))
            await bucket.delete([blob.key])
            moved.append(blob.key)
        yield Orphan(blob.key, blob.bytes)
    if moved:
        for key in sorted((await _needed(bucket, commits)).intersection(moved)):
            await _put_back(bucket, key)


async def _needed(bucket: Bucket, commits: Commits) -> frozenset[str]:
    """The zips of all versions that stand, and of those that were taken away a moment ago."""
    since = time.time() - GRACE_SECONDS
    records = object_stock.records(bucket, commits)
    return frozenset(
        [
            object_keys.zip_blob(found.record.zip_sha256)
            async for found in records
            if not found.record.fate or found.modified > since
        ]
    )


async def _empty(bucket: Bucket, needed: frozenset[str]) -> None:
    """Delete what was moved a day ago; and put back what is needed, should an earlier sweep have died before."""
    async for swept in bucket.objects(object_keys.SWEPT):
        blob = object_keys.blob_of(swept.key)
        if blob in needed:
            await _put_back(bucket, blob)
        elif _is_old(swept):
            await bucket.delete([swept.key])


async def _put_back(bucket: Bucket, blob: str) -> None:
    if not await bucket.has(blob):
        await bucket.copy(object_keys.swept(blob), blob)
    await bucket.delete([object_keys.swept(blob)])


def _is_old(listed: Listed) -> bool:
    return listed.modified < time.time() - GRACE_SECONDS
