"""A store to look into: it reads from another one, and whatever would be written there is forgotten."""

import time
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime

from anyio import to_thread

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.errors import AlreadyExists, Damaged, NotFound, Unavailable
from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import Blob, Document, Indexed, ModuleStore, PartKind, Release, Staging, Withdrawal
from gomod_storage.os_errors import writing


class Untouched:
    """A ModuleStore for questions of the form "what would happen": it behaves like the one it stands before.

    What a caller keeps it finds again, in memory; versions are staged where the store stages them, and never committed.
    """

    def __init__(self, store: ModuleStore) -> None:
        self._store = store
        self._kept: dict[str, bytes] = {}

    async def versions(self, path: str) -> list[str]:
        return await self._store.versions(path)

    async def info(self, module: ModuleVersion) -> Document:
        return await self._store.info(module)

    async def mod(self, module: ModuleVersion) -> Document:
        return await self._store.mod(module)

    async def zip(self, module: ModuleVersion) -> Blob:
        return await self._store.zip(module)

    async def document(self, module: ModuleVersion, kind: PartKind) -> Document:
        return await self._store.document(module, kind)

    async def part(self, module: ModuleVersion, kind: PartKind) -> Document:
        return await self._store.part(module, kind)

    async def keep_part(self, _module: ModuleVersion, _kind: PartKind, data: bytes) -> Document:
        return Document(data, time.time())

    def stage(self) -> AbstractAsyncContextManager[Staging]:
        return self._store.stage()  # which leaves nothing; in a container there may be no other place to write to

    async def commit(self, release: Release) -> bool:
        await self.check(release)
        return not await stands(self._store, release)

    async def check(self, release: Release) -> None:
        await self._store.check(release)

    def alone(self, _module: ModuleVersion, _kind: Kind, _patience: float) -> AbstractAsyncContextManager[bool]:
        return nullcontext(False)

    async def catalog(self, after: ModuleVersion | None, limit: int) -> list[ModuleVersion]:
        return await self._store.catalog(after, limit)

    async def index(self, since: datetime | None, limit: int) -> list[Indexed]:
        return await self._store.index(since, limit)

    async def withdraw(self, _module: ModuleVersion, _withdrawal: Withdrawal) -> None:
        raise _nothing_is_written()

    async def reinstate(self, _module: ModuleVersion) -> None:
        raise _nothing_is_written()

    async def withdrawal(self, module: ModuleVersion) -> Withdrawal:
        return await self._store.withdrawal(module)

    async def audit(self, _record: bytes) -> None:
        return

    async def kept(self, name: str) -> bytes:
        return self._kept[name] if name in self._kept else await self._store.kept(name)

    async def keep(self, name: str, data: bytes) -> None:
        self._kept[name] = data

    async def exchange(self, name: str, old: bytes, new: bytes) -> bool:
        try:
            current = await self.kept(name)
        except NotFound:
            current = b""
        if current == old:
            self._kept[name] = new
        return current == old

    async def ready(self) -> None:
        return

    async def start(self) -> None:
        return


async def stands(store: ModuleStore, release: Release) -> bool:
    """Whether the same module is stored. Raises AlreadyExists when another one is, as a commit would; Unavailable."""
    try:
        blob = await store.zip(release.module)
    except (NotFound, Damaged):  # what was taken away as damaged comes back by a commit
        return False
    stored = release.staging.path / "stored"
    with writing(str(release.module)), stored.open("wb") as file:
        async for chunk in blob.chunks(0, blob.size):
            file.write(chunk)
    stored_h1 = await to_thread.run_sync(hash_zip, stored)
    stored_mod = hash_go_mod((await store.mod(release.module)).data)
    if (stored_h1, stored_mod) != (release.h1, release.go_mod_h1):
        raise AlreadyExists(
            f"{release.module} exists with other content ({stored_h1}, not {release.h1}) and stays as it is",
            stored_h1=stored_h1,
            offered_h1=release.h1,
        )
    return True


def _nothing_is_written() -> Unavailable:
    return Unavailable("nothing is written here")
