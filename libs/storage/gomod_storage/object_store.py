"""A store in a bucket, which any number of processes on any number of machines may use at once.

See docs/architecture.md for the layout. Versions are gathered on a disk of the process's own, which need not be shared
nor kept, and come into the bucket whole.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from anyio.to_thread import run_sync

from gomod.errors import NotFound, Unavailable
from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import (
    kept,
    object_catalog,
    object_kept,
    object_keys,
    object_lease,
    object_parts,
    object_removal,
    os_errors,
    repair,
    stage,
)
from gomod_storage.object_bucket import Bucket
from gomod_storage.object_commit import Commits
from gomod_storage.object_index import Index
from gomod_storage.object_keys import Keys
from gomod_storage.places import Places
from gomod_storage.store import Blob, Document, Fate, Hashes, Indexed, PartKind, Release, Staging, Withdrawal

_MARKER = b'{"layout": 1}\n'


class ObjectStore:
    """A Store in one bucket, with a folder for staging."""

    def __init__(self, bucket: Bucket, keys: Keys, staging: Path) -> None:
        self._bucket = bucket
        self._keys = keys
        self._scratch = Places(staging)
        self._scratch_made = False
        self._index = Index(bucket)
        self._commits = Commits(bucket, self._index)

    async def versions(self, path: str) -> list[str]:
        self._keys.check_path(path)
        return await object_catalog.versions(self._bucket, path)

    async def info(self, module: ModuleVersion) -> Document:
        self._keys.check(module)
        record = await self._commits.record(module)
        return record.document(record.info)

    async def mod(self, module: ModuleVersion) -> Document:
        self._keys.check(module)
        record = await self._commits.record(module)
        return record.document(record.mod)

    async def zip(self, module: ModuleVersion) -> Blob:
        self._keys.check(module)
        record = await self._commits.record(module)
        chunks = partial(self._bucket.stream, object_keys.zip_blob(record.zip_sha256))
        return Blob(record.zip_bytes, record.modified, etag=record.zip_sha256, chunks=chunks)

    async def document(self, module: ModuleVersion, kind: PartKind) -> Document:
        try:
            return await (self.info(module) if kind == "info" else self.mod(module))
        except NotFound:
            return await self.part(module, kind)

    async def part(self, module: ModuleVersion, kind: PartKind) -> Document:
        self._keys.check(module)
        return await object_parts.read(self._bucket, module, kind)

    async def keep_part(self, module: ModuleVersion, kind: PartKind, data: bytes) -> Document:
        self._keys.check(module)
        if kind == "mod":
            await self._commits.check_go_mod(module, data)
        await object_parts.create(self._bucket, module, kind, data)
        try:
            return await self.part(module, kind)
        except NotFound:  # a commit came between, and what it brought agrees with the part
            return await (self.info(module) if kind == "info" else self.mod(module))

    @asynccontextmanager
    async def stage(self) -> AsyncIterator[Staging]:
        await self._make_scratch()
        async with stage.stage(self._scratch) as staging:
            yield staging

    async def commit(self, release: Release) -> bool:
        self._keys.check(release.module)
        return await self._commits.commit(release)

    async def check(self, release: Release) -> None:
        self._keys.check(release.module)
        await self._commits.check(release)

    @asynccontextmanager
    async def alone(self, module: ModuleVersion, kind: Kind, patience: float) -> AsyncIterator[bool]:
        async with object_lease.alone(self._bucket, f"{module}.{kind}", patience):
            yield await self._is_there(module, kind)

    async def catalog(self, after: ModuleVersion | None, limit: int) -> list[ModuleVersion]:
        hidden = await object_catalog.hidden(self._bucket)
        return await object_catalog.page(self._bucket, after, limit, left_out=hidden)

    async def stored(self, after: ModuleVersion | None, limit: int) -> list[ModuleVersion]:
        gone = await object_catalog.gone(self._bucket)
        return await object_catalog.page(self._bucket, after, limit, left_out=gone)

    async def recorded(self, module: ModuleVersion) -> Hashes:
        self._keys.check(module)
        record = (await self._commits.find(module)).record
        if record.fate:  # then they are for whoever brings it back
            raise NotFound(f"the hashes of {module}: not in the store")
        return record.hashes

    async def take_away(self, module: ModuleVersion, reason: str, fate: Fate) -> bool:
        self._keys.check(module)
        return await object_removal.take_away(self._bucket, self._commits, module, reason, fate)

    async def parts(self) -> AsyncIterator[tuple[ModuleVersion, PartKind]]:
        async for each in object_parts.everything(self._bucket):
            yield each

    async def index(self, since: datetime | None, limit: int) -> list[Indexed]:
        return await self._index.read(since, limit)

    async def withdraw(self, module: ModuleVersion, withdrawal: Withdrawal) -> None:
        self._keys.check(module)
        await self._commits.record(module)  # raises NotFound
        await self._bucket.put(
            object_keys.withdrawal(module), json.dumps(asdict(withdrawal), indent=2).encode() + b"\n"
        )

    async def reinstate(self, module: ModuleVersion) -> None:
        await self.withdrawal(module)  # raises NotFound
        await self._bucket.delete([object_keys.withdrawal(module)])

    async def withdrawal(self, module: ModuleVersion) -> Withdrawal:
        self._keys.check(module)
        mark = await self._bucket.get(object_keys.withdrawal(module), f"the withdrawal of {module}")
        return Withdrawal(**json.loads(mark.data))

    async def audit(self, record: bytes) -> None:
        await self._bucket.put(object_keys.audit(datetime.now(UTC), os.urandom(8).hex()), record + b"\n")

    async def kept(self, name: str) -> bytes:
        kept.check(name)
        if not self._can_keep(name):
            raise NotFound(f"{name}: not in the store")  # `keep` passed it over
        return await object_kept.read(self._bucket, name)

    async def keep(self, name: str, data: bytes) -> None:
        kept.check(name)
        if self._can_keep(name):
            await object_kept.keep(self._bucket, name, data)

    async def exchange(self, name: str, old: bytes, new: bytes) -> bool:
        kept.check(name)
        return await object_kept.exchange(self._bucket, name, old, new)

    async def ready(self) -> None:
        await self._make_scratch()
        await run_sync(stage.probe, self._scratch, abandon_on_cancel=True)
        written = os.urandom(16)
        key = object_keys.probe(written.hex())
        await self._bucket.put(key, written)
        try:
            read = (await self._bucket.get(key, "readiness")).data
        except NotFound as error:
            raise Unavailable("the store has not kept what was written to it") from error
        await self._bucket.delete([key])
        if read != written:
            raise Unavailable("the store does not give back what was written to it")

    async def start(self) -> None:
        await self._make_scratch()
        await self._claim()
        await self._commits.repair()

    async def _is_there(self, module: ModuleVersion, kind: Kind) -> bool:
        """Whether the file is known to be stored."""
        try:
            await (self.zip(module) if kind == "zip" else self.document(module, kind))
        except (NotFound, Unavailable):
            return False
        return True

    async def _make_scratch(self) -> None:
        """Make the folder for staging, or clear what the dead left in it, once: nothing of the store is in it."""
        if not self._scratch_made:
            with os_errors.writing("staging"):
                await run_sync(repair.start, self._scratch)
            self._scratch_made = True

    def _can_keep(self, name: str) -> bool:
        return not kept.is_too_long(name) and self._keys.fits(object_keys.kept(name))

    async def _claim(self) -> None:
        """Make the marker, or find it. A store that puts one over the other would lose versions, and is refused."""
        fresh = await self._bucket.create(object_keys.MARKER, _MARKER)
        if fresh is not None and await self._bucket.create(object_keys.MARKER, _MARKER) is not None:
            await self._bucket.delete([object_keys.MARKER])
            raise Unavailable("the object store replaces what should only be created (If-None-Match is ignored)")
