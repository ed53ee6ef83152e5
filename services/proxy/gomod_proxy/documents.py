"""The .info and go.mod of public versions: stored, or fetched as the one file that was asked for, and kept."""

import asyncio
import time
from contextlib import suppress
from functools import partial

import structlog

from gomod.dirhash import hash_go_mod
from gomod.errors import AlreadyExists, Forbidden, NotFound, UpstreamError
from gomod.module import ModuleVersion
from gomod_proxy import metrics
from gomod_proxy.absences import Absences
from gomod_proxy.checks import Checks
from gomod_proxy.flights import Flights
from gomod_proxy.lru import Lru
from gomod_proxy.reader import Cache, Found
from gomod_proxy.source import Source
from gomod_storage import Document, ModuleStore, PartKind

PATIENCE_SECONDS = 60.0  # for another replica to fetch it; a gateway hangs up on an answer that says nothing for longer

RECENT_BYTES = 4 << 20  # of documents that were fetched, whose zip is likely to be asked for next

_OVERHEAD_BYTES = 512  # what one takes besides its bytes

log = structlog.get_logger(__name__)


class Documents:
    """go reads the go.mod of far more versions than it builds, so a miss moves one small file and no zip."""

    def __init__(self, store: ModuleStore, source: Source, checks: Checks, absences: Absences) -> None:
        self._store = store
        self._source = source
        self._checks = checks
        self._absences = absences
        self._flights: Flights[Found[Document]] = Flights()
        self._recent: Lru[Found[Document]] = Lru(RECENT_BYTES, _weight)

    async def get(self, module: ModuleVersion, kind: PartKind) -> Found[Document]:
        """The document. Raises NotFound, UpstreamError, Unavailable."""
        try:
            return Found(await self._store.document(module, kind), Cache.HIT)
        except NotFound:
            found = await self._flights.join((module, kind), partial(self._obtain, module, kind))
        self._recent.put((module, kind), found)
        return found

    def begin(self, module: ModuleVersion, kind: PartKind) -> asyncio.Future[Found[Document]]:
        """The document on its way from the store or from upstream, for the version to be kept with.

        What `get` fetched is there at once, and forgotten: a version that is fetched once more is fetched as a whole.
        """
        recent = self._recent.get((module, kind))
        if recent is None:
            return self._flights.begin((module, kind), partial(self._find, module, kind))
        self._recent.drop((module, kind))
        future: asyncio.Future[Found[Document]] = asyncio.get_running_loop().create_future()
        future.set_result(recent)
        return future

    async def aclose(self) -> None:
        """End what is under way."""
        await self._flights.aclose()

    async def _find(self, module: ModuleVersion, kind: PartKind) -> Found[Document]:
        try:
            return Found(await self._store.document(module, kind), Cache.HIT)
        except NotFound:
            return await self._obtain(module, kind)

    async def _obtain(self, module: ModuleVersion, kind: PartKind) -> Found[Document]:
        async with self._store.alone(module, kind, PATIENCE_SECONDS) as is_there:
            if is_there:  # another task or replica has ended since somebody looked
                with suppress(NotFound):
                    return Found(await self._store.document(module, kind), Cache.MISS)
            with self._absences.noted((module, kind)):
                data = await self._source.document(module, kind)
            # No database has an .info on record.
            if kind == "info" or await self._checks.go_mod(module, hash_go_mod(data)):
                with suppress(Forbidden):  # a path that can't be stored is served all the same
                    return Found(await self._keep(module, kind, data), Cache.MISS)
            return Found(Document(data, time.time()), Cache.MISS, kept=False)

    async def _keep(self, module: ModuleVersion, kind: PartKind, data: bytes) -> Document:
        try:
            return await self._store.keep_part(module, kind, data)
        except AlreadyExists as error:
            metrics.refused("changed")
            log.error("upstream_changed_a_version", module=str(module), sent=error.offered_h1, stored=error.stored_h1)
            raise UpstreamError(f"{module} ({kind}): upstream sends other bytes than those stored here") from error


def _weight(found: Found[Document]) -> int:
    return _OVERHEAD_BYTES + len(found.value.data)
