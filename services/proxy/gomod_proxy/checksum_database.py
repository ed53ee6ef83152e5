"""One checksum database: what it is asked, what it proves, and an alarm when it lies."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Protocol

import structlog

from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod.sumdb.client import Client
from gomod.sumdb.errors import Disproved
from gomod.sumdb.fork import Fork
from gomod.sumdb.lookup import Checksums, lookup_path
from gomod.sumdb.note import VerifierKey
from gomod.sumdb.sources import Remote
from gomod.sumdb.tile import Tile
from gomod_proxy import metrics
from gomod_proxy.checksum_sources import StoredArchive, StoredHeads
from gomod_proxy.ed25519 import verify
from gomod_proxy.flights import Flights
from gomod_proxy.reader import Cache, Found
from gomod_proxy.remembered import Lifetimes, Remembered
from gomod_storage import ModuleStore

log = structlog.get_logger(__name__)


class ClosableRemote(Remote, Protocol):
    """A Remote that may have work under way."""

    async def aclose(self) -> None:
        """End it."""
        ...


class ChecksumDatabase:
    """A database by its key. Every method raises what gomod.sumdb.client.Client does; lies were logged and counted."""

    def __init__(self, key: VerifierKey, remote: ClosableRemote, store: ModuleStore, lifetimes: Lifetimes) -> None:
        self.name = key.name
        self._remote = remote
        self._archive = StoredArchive(store, key)
        self._client = Client(key, verify, remote, self._archive, StoredHeads(store, key))
        self._latest: Remembered[bytes] = Remembered(lifetimes)
        for kind in ("fork", "disproved"):
            metrics.CHECKSUM_LIES.labels(
                self.name, kind
            )  # 0 from the start, or Prometheus sees no increase in the first
        self._lookups: Flights[Checksums] = Flights()

    async def aclose(self) -> None:
        """End what is under way."""
        await self._latest.aclose()
        await self._lookups.aclose()
        await self._remote.aclose()

    async def lookup(self, module: ModuleVersion) -> Found[Checksums]:
        """The proven go.sum lines of a public version. Raises NotFound when the database has none."""
        cache = await self._cache(lookup_path(module))
        return Found(await self._lookups.join(module, partial(self._prove, module)), cache)

    async def tile(self, tile: Tile) -> Found[bytes]:
        """A proven tile. Raises NotFound when the tree is too small to have it."""
        cache = await self._cache(tile.path)
        with self._watched():
            return Found(await self._client.tile(tile), cache)

    async def latest(self) -> Found[bytes]:
        """The newest signed head, of a short while ago perhaps."""
        return await self._latest.get("", self._ask_latest)

    async def _prove(self, module: ModuleVersion) -> Checksums:
        with self._watched():
            return await self._client.lookup(module)

    async def _ask_latest(self) -> bytes:
        with self._watched():
            return (await self._client.latest()).note

    async def _cache(self, path: str) -> Cache:
        try:
            await self._archive.load(path)
        except NotFound:
            return Cache.MISS
        return Cache.HIT

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except Fork as error:
            metrics.CHECKSUM_LIES.labels(self.name, "fork").inc()
            log.error("checksum_database_forked", database=self.name, error=str(error), evidence=error.evidence)
            raise
        except Disproved as error:
            metrics.CHECKSUM_LIES.labels(self.name, "disproved").inc()
            log.error("checksum_database_disproved", database=self.name, error=str(error))
            raise
