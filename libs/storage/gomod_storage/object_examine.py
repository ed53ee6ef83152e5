"""Whether a version in a bucket is what it was when it was committed: every byte of it is read."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.errors import Damaged, InvalidModule, Malformed, NotFound, Unavailable
from gomod.info import parse_info
from gomod.module import ModuleVersion
from gomod_storage import object_keys, os_errors
from gomod_storage.examine import Finding
from gomod_storage.object_bucket import Bucket
from gomod_storage.object_commit import Commits
from gomod_storage.object_record import Record
from gomod_storage.pace import Pace
from gomod_storage.store import Staging
from gomod_storage.sums import Sums, hash_info

Stage = Callable[[], AbstractAsyncContextManager[Staging]]


class Examination:
    """Of versions one by one, at a pace. `stage` gives a place for the zip that is just being read."""

    def __init__(self, bucket: Bucket, commits: Commits, stage: Stage, pace: Pace) -> None:
        self._bucket = bucket
        self._commits = commits
        self._stage = stage
        self._pace = pace
        # A thread of its own, for it mostly waits; the pool's are for those who answer clients.
        self._limiter = CapacityLimiter(1)

    async def examine(self, module: ModuleVersion, *, is_marked: bool) -> Finding | None:
        """What is the matter, if anything is; `is_marked`: as gone. Raises NotFound for what was taken away.

        Raises Unavailable when the store can't go on.
        """
        try:
            record = (await self._commits.find(module)).record
            if record.module != module:
                return Finding(module, "unreadable", f"its record is that of {record.module}")
            if is_marked != (record.fate == "gone"):
                return Finding(module, "marked", "whether it is listed is not what its record says")
            with suppress(Damaged):
                record.check()  # raises NotFound
                return await self._judge(record)
            raise NotFound(f"{module}: lost")
        except Unavailable as error:
            await self._bucket.confirm()  # raises when it is the store, and not what stands there of this version
            return Finding(module, "unreadable", str(error))

    async def wait(self, count: int) -> None:
        """Return when that many bytes may have been read."""
        await run_sync(self._pace, count, limiter=self._limiter, abandon_on_cancel=True)

    async def _judge(self, record: Record) -> Finding | None:
        module = record.module
        try:
            now = await self._sums(record)
        except (InvalidModule, Malformed, Damaged) as error:
            return Finding(module, "damaged", str(error))
        for what, then, found in record.sums.differences(now):
            return Finding(module, "damaged", f"its {what} hashes to {found}, and {then} is on record")
        return None

    async def _sums(self, record: Record) -> Sums:
        """What the files hash to. Raises InvalidModule, Malformed, Damaged, Unavailable."""
        info = record.document(record.info).data
        if parse_info(info).version != record.version:
            raise Malformed("its .info names another version")
        async with self._stage() as staging:
            with os_errors.writing(str(record.module)), staging.zip.open("wb") as file:
                blob = object_keys.zip_blob(record.zip_sha256)
                async for chunk in self._bucket.stream(blob, 0, record.zip_bytes):
                    await run_sync(file.write, chunk)
                    await self.wait(len(chunk))
            h1 = await run_sync(hash_zip, staging.zip)
        return Sums(h1, hash_go_mod(record.document(record.mod).data), hash_info(info))
