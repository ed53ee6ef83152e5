"""Which upstreams are asked, and when the next one is."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NoReturn, TypeVar

from gomod.errors import NotFound, UpstreamError
from gomod.module import ModuleVersion
from gomod_proxy.source import Incoming, Source
from gomod_storage import PartKind

T = TypeVar("T")


class Upstreams:
    """Asks the first upstream, and the next one only when that says 404 or 410: the comma of GOPROXY."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    async def versions(self, path: str) -> list[str]:
        return await self._first(lambda source: source.versions(path))

    async def latest(self, path: str) -> bytes:
        return await self._first(lambda source: source.latest(path))

    async def query(self, path: str, query: str) -> bytes:
        return await self._first(lambda source: source.query(path, query))

    async def document(self, module: ModuleVersion, kind: PartKind) -> bytes:
        return await self._first(lambda source: source.document(module, kind))

    @asynccontextmanager
    async def zip(self, module: ModuleVersion) -> AsyncIterator[Incoming]:
        async with AsyncExitStack() as stack:
            yield await self._first(lambda source: stack.enter_async_context(source.zip(module)))

    async def _first(self, ask: Callable[[Source], Awaitable[T]]) -> T:
        *others, last = self._sources
        for source in others:
            try:
                return await ask(source)
            except NotFound:
                continue
        return await ask(last)


class NoUpstream:
    """Stands where upstreams would, and is never able to answer.

    That something is absent can't be known without asking, so this is an upstream in trouble, never a 404: a client
    that says `GOPROXY=us,direct` must not be sent away from a registry that was taken offline on purpose.
    """

    def __init__(self, reason: str, refusal: type[UpstreamError] | type[NotFound] = UpstreamError) -> None:
        """`refusal` is NotFound where the question itself was only for what is stored."""
        self._reason = reason
        self._refusal = refusal

    async def versions(self, path: str) -> list[str]:
        self._refuse(path)

    async def latest(self, path: str) -> bytes:
        self._refuse(path)

    async def query(self, path: str, query: str) -> bytes:
        self._refuse(f"{path}@{query}")

    async def document(self, module: ModuleVersion, kind: PartKind) -> bytes:
        self._refuse(f"{module} ({kind})")

    @asynccontextmanager
    async def zip(self, module: ModuleVersion) -> AsyncIterator[Incoming]:
        yield self._refuse(f"{module} (zip)")

    def _refuse(self, what: str) -> NoReturn:
        raise self._refusal(f"{what}: not stored here, and upstream is not asked: {self._reason}")
