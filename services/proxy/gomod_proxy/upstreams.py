"""Which upstreams are asked, and when the next one is."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from gomod.errors import NotFound, UpstreamError
from gomod.module import ModuleVersion
from gomod_proxy.source import Incoming, Source
from gomod_storage import PartKind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """An upstream, and what makes us ask the next one."""

    source: Source
    bridged: bool  # any trouble does (GOPROXY's `|`); else only that something is absent there (`,`)


class Upstreams:
    """Asks one upstream after the other, as GOPROXY says (modfetch: TryProxies).

    Trouble outweighs absence: when one was in trouble and another says 404, it is not known that nobody has it.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps

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
        absence: NotFound | None = None
        trouble: UpstreamError | None = None
        for step in self._steps:
            try:
                return await ask(step.source)
            except NotFound as error:
                absence = error
            except UpstreamError as error:
                trouble = error
                if not step.bridged:
                    break
        raise trouble or absence or AssertionError("there is no upstream, not even `off`")


class NoUpstream:
    """Stands where an upstream would, and is never asked.

    `refusal` is UpstreamError where somebody ought to be asked: a client that says `GOPROXY=us,direct` must not be sent
    away, by a 404, from a registry that was taken offline. It is NotFound where nobody ought to be: the operator says
    that there is no other place (`off`, which is absence to the go command as well), or the client wants nothing else.
    """

    def __init__(self, reason: str, refusal: type[UpstreamError] | type[NotFound]) -> None:
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
