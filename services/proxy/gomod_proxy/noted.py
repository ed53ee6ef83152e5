"""A reader that tells which versions somebody had a file of."""

from collections.abc import Callable

from gomod.module import ModuleVersion
from gomod_proxy.reader import Found, ModuleReader, Stream
from gomod_storage import Blob, Document

Note = Callable[[ModuleVersion], None]


class Noted:
    """Asks `inner`; a list, @latest and a query are no use of a version."""

    def __init__(self, inner: ModuleReader, note: Note) -> None:
        self._inner = inner
        self._note = note

    async def versions(self, path: str) -> Found[list[str]]:
        return await self._inner.versions(path)

    async def latest(self, path: str) -> Found[Document]:
        return await self._inner.latest(path)

    async def query(self, path: str, query: str) -> Found[Document]:
        return await self._inner.query(path, query)

    async def info(self, module: ModuleVersion) -> Found[Document]:
        found = await self._inner.info(module)
        self._note(module)
        return found

    async def mod(self, module: ModuleVersion) -> Found[Document]:
        found = await self._inner.mod(module)
        self._note(module)
        return found

    async def zip(self, module: ModuleVersion) -> Found[Blob | Stream]:
        found = await self._inner.zip(module)
        self._note(module)
        return found
