"""The commit of a version to a bucket: its record is created where there is none, and the first writer wins.

The zip comes first, under its own hash, where it is in nobody's way. Before the record a note is left of what is about
to be done, and it goes when the index has its line; so what a crash leaves to finish stands in the notes that remain,
however large the bucket is.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import structlog
from anyio.to_thread import run_sync

from gomod.dirhash import hash_go_mod
from gomod.errors import NotFound, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import object_keys, object_record, os_errors
from gomod_storage.object_bucket import Bucket
from gomod_storage.object_index import Index
from gomod_storage.object_record import Record
from gomod_storage.store import Release

if TYPE_CHECKING:
    from obstore import UpdateVersion

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


@dataclass(frozen=True, slots=True)
class Found:
    """A record, and the state in which it was read."""

    record: Record
    state: "UpdateVersion"
    modified: float  # seconds since the epoch


class Commits:
    """Commits to one bucket. Every operation raises Unavailable."""

    def __init__(self, bucket: Bucket, index: Index) -> None:
        self._bucket = bucket
        self._index = index

    async def record(self, module: ModuleVersion) -> Record:
        """The record of a version that stands. Raises NotFound and Damaged."""
        record = (await self.find(module)).record
        record.check()
        return record

    async def find(self, module: ModuleVersion) -> Found:
        """The record of a version, be it that it was taken away. Raises NotFound."""
        stored = await self._bucket.get(object_keys.record(module), str(module))
        return Found(object_record.decode(stored.data), stored.state, stored.modified)

    async def check_go_mod(self, module: ModuleVersion, data: bytes) -> None:
        """Raise AlreadyExists when another go.mod of the version is on record."""
        found = await self._standing(module)
        if found is not None:
            found.record.compare_go_mod(hash_go_mod(data))

    async def check(self, release: Release) -> None:
        """As ModuleStore.check."""
        await self._compared(release)

    async def commit(self, release: Release) -> bool:
        """As ModuleStore.commit."""
        found = await self._compared(release)
        if found is not None and not found.record.fate:
            await self._finish(found.record)
            return False
        with os_errors.writing(str(release.module)):
            ours = await run_sync(object_record.compose, release)
        await self._bucket.upload(object_keys.zip_blob(ours.zip_sha256), release.staging.zip)
        # Shielded: whoever is cancelled between the record and the index would leave work to the next start.
        with anyio.CancelScope(shield=True):
            standing = await self._enter(ours, found, release.staging.zip)
        if standing.record.nonce == ours.nonce:
            return True
        standing.record.compare(release)
        await self._finish(standing.record)
        return False

    async def repair(self) -> None:
        """Finish what dead writers left, and forget what they did not come to.

        What can't be finished now, as with a record that rotted, is left for the next time.
        """
        async for key in self._bucket.keys(object_keys.NOTES):
            try:
                await self._repair(key)
            except NotFound:
                continue  # its writer lived, and is done
            except Unavailable as error:
                await self._bucket.confirm()  # raises when it is the store, and not what stands there of this version
                log.warning("repair_postponed", note=key, error=str(error))

    async def _repair(self, key: str) -> None:
        """The same of one note. Raises NotFound when it is not there any more."""
        nonce = key.rpartition("/")[2].removesuffix(".json")
        note = await self._bucket.get(key, key)
        described = _decode(note.data)
        found = await self._standing(ModuleVersion(described.path, described.version))
        if found is not None and found.record.nonce == nonce:
            await self._finish(found.record)
            log.info("commit_finished", module=described.path, version=described.version)
        elif time.time() - note.modified > _GIVEN_UP_SECONDS:
            await self._forget([key])

    async def _enter(self, ours: Record, before: Found | None, zip_file: Path) -> Found:
        """Put the record in the place of what was found, which is the commit, and do what follows.

        Returns the record that stands then, be it somebody else's.
        """
        # What was taken away and comes back is in the index where it was.
        note = _Note(ours.path, ours.version, 0 if before else await self._index.end())
        await self._bucket.put(object_keys.note(ours.nonce), note.encode())
        standing = await self._put(ours, before)
        if standing.record.nonce == ours.nonce:
            await self._confirm_zip(ours, zip_file)
            await self._complete(ours, note)
        else:
            await self._forget([object_keys.note(ours.nonce)])
        return standing

    async def _confirm_zip(self, ours: Record, zip_file: Path) -> None:
        """Put it there again, should it have been swept away as one that no version has; see `object_sweep`."""
        blob = object_keys.zip_blob(ours.zip_sha256)
        if not await self._bucket.has(blob):
            await self._bucket.upload(blob, zip_file)

    async def _put(self, ours: Record, before: Found | None) -> Found:
        key, data = object_keys.record(ours.module), ours.encode()
        try:
            if before is None:
                state = await self._bucket.create(key, data)
            else:
                state = await self._bucket.replace(key, data, before.state)
        except Unavailable:
            # Was it done, and only its answer lost? When it does not stand now it may still come: the note stays.
            standing = await self._standing(ours.module)
            if standing is None or standing.record.fate:
                raise
            return standing
        if state is not None:
            return Found(ours, state, time.time())
        standing = await self._standing(ours.module)
        if standing is None or standing.record.fate:
            raise Unavailable(f"{ours.module}: it was taken away just now; try again")
        return standing

    async def _compared(self, release: Release) -> Found | None:
        """The record of the same module, if it is there. Raises AlreadyExists for that of another.

        What was taken away may come back as what it was, and as nothing else.
        """
        found = await self._standing(release.module)
        if found is not None:
            found.record.compare(release)
        return found

    async def _standing(self, module: ModuleVersion) -> Found | None:
        try:
            return await self.find(module)
        except NotFound:
            return None

    async def _complete(self, record: Record, note: _Note) -> None:
        """Do what follows the commit."""
        await self._index.add(record.module, note.index)
        module = record.module
        parts = [object_keys.part(module, "info"), object_keys.part(module, "mod")]
        marks = [object_keys.gone(module), object_keys.lost(module)]
        await self._forget([*marks, *parts, object_keys.note(record.nonce)])

    async def _finish(self, standing: Record) -> None:
        """Do what its writer left undone, if it did."""
        key = object_keys.note(standing.nonce)
        try:
            note = _decode((await self._bucket.get(key, key)).data)
        except NotFound:
            return
        await self._complete(standing, note)

    async def _forget(self, keys: list[str]) -> None:
        """Delete what has become superfluous. What stays does no harm, and notes go at the next start."""
        try:
            await self._bucket.delete(keys)
        except Unavailable as error:
            log.warning("objects_not_deleted", keys=keys, error=str(error))


def _decode(data: bytes) -> _Note:
    """Raises Unavailable for what is none."""
    try:
        return _Note(**json.loads(data))
    except (ValueError, TypeError) as error:
        raise Unavailable(f"a note of an unfinished commit is damaged: {error}") from error
