"""A source that lets somebody see each question to upstream begin and end."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager

from gomod.module import ModuleVersion
from gomod_proxy.source import Incoming, Source
from gomod_storage import PartKind


class ObservedSource:
    """A Source that asks `inner`; of a zip, the whole of its arrival is seen."""

    def __init__(self, inner: Source, observe: Callable[[str, str], AbstractContextManager[None]]) -> None:
        self._inner = inner
        self._observe = observe

    async def versions(self, path: str) -> list[str]:
        with self._observe("versions", path):
            return await self._inner.versions(path)

    async def latest(self, path: str) -> bytes:
        with self._observe("latest", path):
            return await self._inner.latest(path)

    async def query(self, path: str, query: str) -> bytes:
        with self._observe("query", f"{path}@{query}"):
            return await self._inner.query(path, query)

    async def document(self, module: ModuleVersion, kind: PartKind) -> bytes:
        with self._observe(kind, str(module)):
            return await self._inner.document(module, kind)

    @asynccontextmanager
    async def zip(self, module: ModuleVersion) -> AsyncIterator[Incoming]:
        with self._observe("zip", str(module)):
            async with self._inner.zip(module) as incoming:
                yield incoming
