"""A store that lets somebody see each of its operations begin and end."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime

from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage.store import Blob, Document, Indexed, ModuleStore, PartKind, Release, Staging, Withdrawal

Observe = Callable[[str, str], AbstractContextManager[None]]
"""`observe(operation, subject)` is entered when an operation begins; it sees what the operation raises."""


class ObservedStore:
    """A ModuleStore that does what `inner` does. Of `zip`, opening is seen; of `alone`, how long one waits for it."""

    def __init__(self, inner: ModuleStore, observe: Observe) -> None:
        self._inner = inner
        self._observe = observe

    async def versions(self, path: str) -> list[str]:
        with self._observe("versions", path):
            return await self._inner.versions(path)

    async def info(self, module: ModuleVersion) -> Document:
        with self._observe("info", str(module)):
            return await self._inner.info(module)

    async def mod(self, module: ModuleVersion) -> Document:
        with self._observe("mod", str(module)):
            return await self._inner.mod(module)

    async def zip(self, module: ModuleVersion) -> Blob:
        with self._observe("zip", str(module)):
            return await self._inner.zip(module)

    async def document(self, module: ModuleVersion, kind: PartKind) -> Document:
        with self._observe(kind, str(module)):
            return await self._inner.document(module, kind)

    async def part(self, module: ModuleVersion, kind: PartKind) -> Document:
        with self._observe("part", f"{module} ({kind})"):
            return await self._inner.part(module, kind)

    async def keep_part(self, module: ModuleVersion, kind: PartKind, data: bytes) -> Document:
        with self._observe("keep_part", f"{module} ({kind})"):
            return await self._inner.keep_part(module, kind, data)

    def stage(self) -> AbstractAsyncContextManager[Staging]:
        return self._inner.stage()

    async def commit(self, release: Release) -> bool:
        with self._observe("commit", str(release.module)):
            return await self._inner.commit(release)

    async def check(self, release: Release) -> None:
        with self._observe("check", str(release.module)):
            await self._inner.check(release)

    @asynccontextmanager
    async def alone(self, module: ModuleVersion, kind: Kind, patience: float) -> AsyncIterator[bool]:
        async with AsyncExitStack() as turn:
            with self._observe("wait", f"{module} ({kind})"):
                is_there = await turn.enter_async_context(self._inner.alone(module, kind, patience))
            yield is_there

    async def catalog(self, after: ModuleVersion | None, limit: int) -> list[ModuleVersion]:
        with self._observe("catalog", str(after or "")):
            return await self._inner.catalog(after, limit)

    async def index(self, since: datetime | None, limit: int) -> list[Indexed]:
        with self._observe("index", str(since or "")):
            return await self._inner.index(since, limit)

    async def withdraw(self, module: ModuleVersion, withdrawal: Withdrawal) -> None:
        with self._observe("withdraw", str(module)):
            await self._inner.withdraw(module, withdrawal)

    async def reinstate(self, module: ModuleVersion) -> None:
        with self._observe("reinstate", str(module)):
            await self._inner.reinstate(module)

    async def withdrawal(self, module: ModuleVersion) -> Withdrawal:
        with self._observe("withdrawal", str(module)):
            return await self._inner.withdrawal(module)

    async def audit(self, record: bytes) -> None:
        with self._observe("audit", ""):
            await self._inner.audit(record)

    async def kept(self, name: str) -> bytes:
        with self._observe("kept", name):
            return await self._inner.kept(name)

    async def keep(self, name: str, data: bytes) -> None:
        with self._observe("keep", name):
            await self._inner.keep(name, data)

    async def exchange(self, name: str, old: bytes, new: bytes) -> bool:
        with self._observe("exchange", name):
            return await self._inner.exchange(name, old, new)

    async def ready(self) -> None:
        with self._observe("ready", ""):
            await self._inner.ready()

    async def start(self) -> None:
        with self._observe("start", ""):
            await self._inner.start()
