"""The reader of public modules: from the store, else from upstream and then kept."""

import time
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from dataclasses import replace

from gomod import semver
from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod.pseudo import is_pseudo_version
from gomod.versions import latest
from gomod_proxy.absences import Absences
from gomod_proxy.checks import Checks
from gomod_proxy.documents import Documents
from gomod_proxy.downloads import Downloads
from gomod_proxy.reader import Cache, Found, Stream
from gomod_proxy.remembered import Lifetimes, Remembered
from gomod_proxy.source import Source
from gomod_proxy.stored import Stored
from gomod_storage import Blob, Document, ModuleStore


class PullThrough:
    """What never changes is answered from the store; what moves (lists, @latest, queries) is asked upstream."""

    def __init__(self, store: ModuleStore, source: Source, checks: Checks, lifetimes: Lifetimes) -> None:
        self._store = store
        self._source = source
        self._lists: Remembered[list[str]] = Remembered(lifetimes)
        self._latest: Remembered[Document] = Remembered(lifetimes)
        # Whoever names a branch wants what was pushed to it a moment ago.
        self._queries: Remembered[Document] = Remembered(replace(lifetimes, answer=0))
        absences = Absences(lifetimes.absence)
        self._documents = Documents(store, source, checks, absences)
        self._downloads = Downloads(store, source, self._documents, checks, absences)

    async def aclose(self) -> None:
        """End what is under way; whole downloads are kept, others leave nothing."""
        for work in (self._downloads, self._documents, self._lists, self._latest, self._queries):
            await work.aclose()

    async def versions(self, path: str) -> Found[list[str]]:
        """Stored and upstream's: what upstream has forgotten is still here. Pseudo-versions are in no public list."""
        stored = await self._store.versions(path)
        try:
            offered = await self._lists.get(path, lambda: _sorted(self._source.versions(path)))
        except NotFound:
            if not stored:
                raise
            return Found(_tagged(stored), Cache.HIT)
        forgotten = set(_tagged(stored)).difference(offered.value)
        return Found(_tagged({*forgotten, *offered.value}) if forgotten else offered.value, offered.cache)

    async def latest(self, path: str) -> Found[Document]:
        """What upstream calls the latest; by the list and the store when it has no word for it."""
        try:
            return await self._latest.get(path, lambda: _document(self._source.latest(path)))
        except NotFound as absent:
            newest = latest((await self.versions(path)).value) or latest(await self._store.versions(path))
            if newest is None:
                raise absent from None
            return await self.info(ModuleVersion(path, newest))

    async def query(self, path: str, query: str) -> Found[Document]:
        """What upstream says that it means now; what it meant here when upstream has forgotten it."""
        try:
            return await self._queries.get((path, query), lambda: _document(self._source.query(path, query)))
        except NotFound as absent:
            with suppress(NotFound):
                return await Stored(self._store, Cache.HIT).query(path, query)
            raise absent from None

    async def info(self, module: ModuleVersion) -> Found[Document]:
        return await self._documents.get(module, "info")

    async def mod(self, module: ModuleVersion) -> Found[Document]:
        return await self._documents.get(module, "mod")

    async def zip(self, module: ModuleVersion) -> Found[Blob | Stream]:
        try:
            return Found(await self._store.zip(module), Cache.HIT)
        except NotFound:
            download = self._downloads.join(module)
            await download.begun()
        if download.kept is not None:
            return Found(download.kept, Cache.MISS)
        if download.over:
            try:
                return Found(await self._store.zip(module), Cache.MISS)
            except NotFound:
                if not download.holds_bytes:  # another replica had kept it, and it is gone again
                    raise
            # It was served without being kept.
        return Found(Stream(download.size, download.chunks, lambda: download.kept), Cache.MISS)


async def _sorted(asking: Awaitable[list[str]]) -> list[str]:
    return _tagged(set(await asking))


async def _document(asking: Awaitable[bytes]) -> Document:
    return Document(await asking, time.time())


def _tagged(versions: Iterable[str]) -> list[str]:
    return semver.sort(version for version in versions if not is_pseudo_version(version))
