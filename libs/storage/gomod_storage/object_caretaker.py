"""The caretaker of a bucket."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import date

from gomod.module import ModuleVersion
from gomod_storage import object_keys, object_lease, object_removal, object_stock, object_sweep, object_used
from gomod_storage.caretaker import Orphan
from gomod_storage.object_bucket import Bucket
from gomod_storage.object_commit import Commits
from gomod_storage.object_index import Index
from gomod_storage.object_scrub import Scrub
from gomod_storage.object_store import ObjectStore
from gomod_storage.pace import Pace
from gomod_storage.retention import Stored, Verdict
from gomod_storage.scrub import IsOwn, Seen
from gomod_storage.used import Usage

_PATIENCE = 2 * object_lease.DEAD_SECONDS
"""Long enough to see whether the holder of a turn is dead."""


class BucketCaretaker:
    """A Caretaker of one bucket. What it reads lies in the store's folder for staging meanwhile."""

    def __init__(self, bucket: Bucket, store: ObjectStore) -> None:
        self._bucket = bucket
        self._store = store
        index = Index(bucket)
        self._commits = Commits(bucket, index)
        self._scrub = Scrub(bucket, self._commits, index, store.stage)
        self._notes = object_used.Notes(bucket)

    def scrub(self, pace: Pace, after: ModuleVersion | None = None) -> AsyncIterator[Seen]:
        return self._scrub.scrub(pace, after)

    async def mend(self, seen: Seen, is_own: IsOwn) -> str:
        _, finding = seen
        return await self._scrub.mend(finding, is_own) if finding is not None else ""

    async def lost(self) -> int:
        return len([key async for key in self._bucket.keys(object_keys.LOST)])

    def turn(self, key: str) -> AbstractAsyncContextManager[bool]:
        return object_lease.turn(self._bucket, key, _PATIENCE)

    async def kept(self, name: str) -> bytes:
        return await self._store.kept(name)

    async def keep(self, name: str, data: bytes) -> None:
        await self._store.keep(name, data)

    async def note_use(self, day: date, modules: Iterable[ModuleVersion]) -> None:
        await self._notes.add(day, modules)

    async def usage(self) -> Usage:
        return await object_used.read(self._bucket)

    async def recent_usage(self) -> Usage:
        return await object_used.recent(self._bucket)

    async def merge_usage(self) -> None:
        await object_used.merge(self._bucket)

    async def stock(self, is_own: IsOwn, today: date) -> AsyncIterator[Stored]:
        usage = await self.usage()
        async for stored in object_stock.take(self._bucket, self._commits, is_own, usage, today):
            yield stored

    async def cull(self, verdict: Verdict) -> str:
        stored = verdict.stored
        judged = str(stored.edition)
        if await object_removal.cull(self._bucket, self._commits, stored.module, judged, verdict.reason):
            return ""
        is_withdrawn = await self._bucket.has(object_keys.withdrawal(stored.module))
        return "it was withdrawn meanwhile" if is_withdrawn else "it was replaced meanwhile"

    def sweep(self, *, delete: bool) -> AsyncIterator[Orphan]:
        return object_sweep.sweep(self._bucket, self._commits, delete=delete)
