"""The commit of a version to a bucket: its record is created where there is none, and the first writer wins.

The zip comes first, under its own hash, where it is in nobody's way. Before the record a note is left of what is about
to be done, and it goes when the index has its line; so what a crash leaves to finish stands in the notes that remain,
however large the bucket is.
"""

import json
import time
from dataclasses import dataclass

import anyio
import structlog
from anyio.to_thread import run_sync

from gomod.errors import NotFound, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import object_keys, object_record, os_errors
from gomod_storage.object_bucket import Bucket
from gomod_storage.object_index import Index
from gomod_storage.object_record import Record
from gomod_storage.store import Release

log = structlog.get_logger(__name__)

_GIVEN_UP_SECONDS = 3600.0
"""The age at which a note without a record is that of a writer that died, and not of one that is about to write."""


@dataclass(frozen=True, slots=True)
class _Note:
    path: str
    version: str
    index: int  # the index's newest segment before the commit: its line is in none before that

    def encode(self) -> bytes:
        return json.dumps({"path": self.path, "version": self.version, "index": self.index}).encode() + b"\n"


class Commits:
    """Commits to one bucket. Every operation raises Unavailable."""

    def __init__(self, bucket: Bucket, index: Index) -> None:
        self._bucket = bucket
        self._index = index

    async def record(self, module: ModuleVersion) -> Record:
        """The record of a version that stands. Raises NotFound."""
        return object_record.decode((await self._bucket.get(object_keys.record(module), str(module))).data)

    async def commit(self, release: Release) -> bool:
        """As ModuleStore.commit."""
        try:
            standing = await self.record(release.module)
        except NotFound:
            with os_errors.writing(str(release.module)):
                ours = await run_sync(object_record.compose, release)
            await self._bucket.upload(object_keys.zip_blob(ours.zip_sha256), release.staging.zip)
            # Shielded: whoever is cancelled between the record and the index would leave work to the next start.
            with anyio.CancelScope(shield=True):
                standing = await self._enter(ours)
            if standing.nonce == ours.nonce:
                return True
        standing.compare(release)
        await self._finish(standing)
        return False

    async def repair(self) -> None:
        """Finish what dead writers left, and forget what they did not come to."""
        async for key in self._bucket.keys(object_keys.NOTES):
            nonce = key.rpartition("/")[2].removesuffix(".json")
            try:
                note = await self._bucket.get(key, key)
            except NotFound:
                continue  # its writer lived, and is done
            described = _decode(note.data)
            standing = await self._standing(ModuleVersion(described.path, described.version))
            if standing is not None and standing.nonce == nonce:
                await self._finish(standing)
                log.info("commit_finished", module=described.path, version=described.version)
            elif time.time() - note.modified > _GIVEN_UP_SECONDS:
                await self._forget([key])

    async def _enter(self, ours: Record) -> Record:
        """Create the record, which is the commit, and do what follows; the record that stands then, ours or not."""
        note = _Note(ours.path, ours.version, await self._index.end())
        await self._bucket.put(object_keys.note(ours.nonce), note.encode())
        standing = await self._create(ours)
        done = [object_keys.note(ours.nonce)]
        if standing.nonce == ours.nonce:
            await self._index.add(ours.module, note.index)
            done += [object_keys.part(ours.module, "info"), object_keys.part(ours.module, "mod")]
        await self._forget(done)
        return standing

    async def _create(self, ours: Record) -> Record:
        try:
            if await self._bucket.create(object_keys.record(ours.module), ours.encode()) is not None:
                return ours
        except Unavailable:
            # Was it done, and only its answer lost? When it does not stand now it may still come: the note stays.
            standing = await self._standing(ours.module)
            if standing is None:
                raise
            return standing
        standing = await self._standing(ours.module)
        if standing is None:
            raise Unavailable(f"{ours.module}: its record was there and is gone; try again")
        return standing

    async def _standing(self, module: ModuleVersion) -> Record | None:
        try:
            return await self.record(module)
        except NotFound:
            return None

    async def _finish(self, standing: Record) -> None:
        """Do what its writer left undone, if it did."""
        key = object_keys.note(standing.nonce)
        try:
            note = _decode((await self._bucket.get(key, key)).data)
        except NotFound:
            return
        await self._index.add(standing.module, note.index)
        await self._forget([key])

    async def _forget(self, keys: list[str]) -> None:
        """Delete what has become superfluous. What stays does no harm, and notes go at the next start."""
        try:
            await self._bucket.delete(keys)
        except Unavailable as error:
            log.warning("objects_not_deleted", keys=keys, error=str(error))


def _decode(data: bytes) -> _Note:
    return _Note(**json.loads(data))
