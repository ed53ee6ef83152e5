"""Bridges upstream's outages: lists, @latest and queries come from the store then, marked STALE."""

from gomod.errors import NotFound, UpstreamError
from gomod.module import ModuleVersion
from gomod.pseudo import is_pseudo_version
from gomod_proxy.reader import Cache, Found, ModuleReader, Stream
from gomod_proxy.stored import Stored
from gomod_storage import Blob, Document, StoreReader


class Fallback:
    """Asks `inner`; when that has trouble with upstream, what is stored answers.

    A module of which nothing is stored stays in trouble: whether it exists is not known, and an empty list or a 404
    would claim to know it.
    """

    def __init__(self, inner: ModuleReader, store: StoreReader) -> None:
        self._inner = inner
        self._stored = Stored(store, Cache.STALE)

    async def versions(self, path: str) -> Found[list[str]]:
        try:
            return await self._inner.versions(path)
        except UpstreamError as trouble:
            try:
                known = await self._stored.versions(path)
            except NotFound:
                raise trouble from None
        return Found([version for version in known.value if not is_pseudo_version(version)], known.cache)

    async def latest(self, path: str) -> Found[Document]:
        try:
            return await self._inner.latest(path)
        except UpstreamError as trouble:
            try:
                return await self._stored.latest(path)
            except NotFound:
                raise trouble from None

    async def query(self, path: str, query: str) -> Found[Document]:
        try:
            return await self._inner.query(path, query)
        except UpstreamError as trouble:
            try:
                return await self._stored.query(path, query)
            except NotFound:
                raise trouble from None

    async def info(self, module: ModuleVersion) -> Found[Document]:
        return await self._inner.info(module)

    async def mod(self, module: ModuleVersion) -> Found[Document]:
        return await self._inner.mod(module)

    async def zip(self, module: ModuleVersion) -> Found[Blob | Stream]:
        return await self._inner.zip(module)
