"""The reader that knows the store alone: for our own modules, and for public ones while upstream is out of reach."""

from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod.versions import latest
from gomod_proxy.queries import resolve
from gomod_proxy.reader import Cache, Found
from gomod_storage import Blob, Document, StoreReader


class Stored:
    """Answers from whole stored versions alone; `cache` is what it says of where that came from."""

    def __init__(self, store: StoreReader, cache: Cache) -> None:
        self._store = store
        self._cache = cache

    async def versions(self, path: str) -> Found[list[str]]:
        return Found(await self._known(path), self._cache)

    async def latest(self, path: str) -> Found[Document]:
        newest = latest(await self._known(path))
        assert newest is not None  # `_known` is never empty
        return await self.info(ModuleVersion(path, newest))

    async def query(self, path: str, query: str) -> Found[Document]:
        version = await resolve(self._store, path, await self._known(path), query)
        return await self.info(ModuleVersion(path, version))

    async def info(self, module: ModuleVersion) -> Found[Document]:
        return Found(await self._store.info(module), self._cache)

    async def mod(self, module: ModuleVersion) -> Found[Document]:
        return Found(await self._store.mod(module), self._cache)

    async def zip(self, module: ModuleVersion) -> Found[Blob]:
        return Found(await self._store.zip(module), self._cache)

    async def _known(self, path: str) -> list[str]:
        versions = await self._store.versions(path)
        if not versions:
            raise NotFound(f"{path}: no version of it is stored here; check the path, or publish it first")
        return versions
