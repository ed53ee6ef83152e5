"""Every version in a bucket held to its hashes on record, and what is done about those that do not agree."""

from collections.abc import AsyncIterator
from contextlib import suppress

from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod_storage import object_catalog, object_keys, object_parts, object_removal
from gomod_storage.examine import Finding
from gomod_storage.object_bucket import Bucket
from gomod_storage.object_commit import Commits
from gomod_storage.object_examine import Examination, Stage
from gomod_storage.object_index import Index
from gomod_storage.pace import Pace, at_once
from gomod_storage.scrub import IsOwn, Seen
from gomod_storage.store import Fate

_PAGE = 1000


class Scrub:
    """The scrub of one bucket. Every operation raises Unavailable when the store can't go on."""

    def __init__(self, bucket: Bucket, commits: Commits, index: Index, stage: Stage) -> None:
        self._bucket = bucket
        self._commits = commits
        self._index = index
        self._stage = stage

    async def scrub(self, pace: Pace, after: ModuleVersion | None) -> AsyncIterator[Seen]:
        """As Caretaker.scrub."""
        await self._bucket.confirm()
        examination = self._examination(pace)
        while page := await object_catalog.page(self._bucket, after, _PAGE, left_out=frozenset()):
            after = page[-1]
            marked = await object_catalog.gone(self._bucket)
            for module in page:
                with suppress(NotFound):  # taken away: of it only the hashes are there
                    yield module, await examination.examine(module, is_marked=module in marked)
        async for module in self._missing():
            yield module, Finding(module, "missing", "it is in the index, and its record is not there")
        async for module, kind in object_parts.everything(self._bucket):
            with suppress(NotFound):  # its zip came
                size, finding = await object_parts.examine(self._bucket, module, kind)
                await examination.wait(size)
                if finding is not None:
                    yield module, finding

    async def mend(self, finding: Finding, is_own: IsOwn) -> str:
        """As Caretaker.mend."""
        if finding.part is not None:
            await object_parts.delete(self._bucket, finding.module, finding.part)
            return "deleted; the next request fetches it again"
        if finding.problem not in ("damaged", "marked"):
            return ""
        # Once more: it may have been taken away and come back since, or the network was to blame.
        is_marked = await self._bucket.has(object_keys.gone(finding.module))
        with suppress(NotFound):
            now = await self._examination(at_once).examine(finding.module, is_marked=is_marked)
            if now is None or now.problem != finding.problem:
                return "found in order when it was read again"
            if now.problem == "marked":
                return await self._mark(now.module, is_marked=is_marked)
            return await self._quarantine(now, own=is_own(now.module.path))
        return "taken away or replaced by somebody else meanwhile"

    async def _missing(self) -> AsyncIterator[ModuleVersion]:
        """Those that are known to have been committed, and of which nothing is left."""
        since = None
        while entries := await self._index.read(since, _PAGE):
            since = entries[-1].time
            for entry in entries:
                if not await self._bucket.has(object_keys.record(entry.module)):
                    yield entry.module

    async def _mark(self, module: ModuleVersion, *, is_marked: bool) -> str:
        mark = object_keys.gone(module)
        await (self._bucket.delete([mark]) if is_marked else self._bucket.put(mark, b""))
        return "listed again" if is_marked else "listed no more"

    async def _quarantine(self, finding: Finding, *, own: bool) -> str:
        fate: Fate = "lost" if own else "gone"
        if not await object_removal.take_away(self._bucket, self._commits, finding.module, finding.detail, fate):
            return "taken away or replaced by somebody else meanwhile"
        if own:
            return "out of service until the same content is published again"
        return "out of service; the next request fetches it again"

    def _examination(self, pace: Pace) -> Examination:
        return Examination(self._bucket, self._commits, self._stage, pace)
