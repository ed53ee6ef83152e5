"""Modules from the repositories that they are developed in, read by the real go: `direct` in GOMOD_UPSTREAMS."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from anyio import to_thread

from gomod.errors import NotFound, UpstreamError
from gomod.module import ModuleVersion
from gomod_proxy.direct_worker import Result, Workers
from gomod_proxy.lru import Lru
from gomod_proxy.source import Incoming
from gomod_storage import PartKind
from gomod_storage.store import CHUNK_BYTES

REMEMBERED = 4 << 20  # bytes of .info and go.mod


class Direct:
    """A Source over version control.

    A run of go brings a version's .info and its go.mod together, and clients ask for one after the other: so what
    nobody asked for yet is remembered for a while.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._seen: Lru[Mapping[PartKind, bytes]] = Lru(REMEMBERED, weight=lambda both: sum(map(len, both.values())))

    async def versions(self, path: str) -> list[str]:
        arguments = ("list", "-m", "-json", "-versions", "-retracted", "--", f"{path}@latest")
        async with self._workers.go(f"the versions of {path}", *arguments) as result:
            versions = result.said.get("Versions", [])
        assert isinstance(versions, list)  # modinfo.ModulePublic
        return versions

    async def latest(self, path: str) -> bytes:
        return await self.query(path, "latest")

    async def query(self, path: str, query: str) -> bytes:
        _, documents = await self._describe(path, query, f"{path}@{query}")
        return documents["info"]

    async def document(self, module: ModuleVersion, kind: PartKind) -> bytes:
        documents = self._seen.get(module)
        if documents is None:
            what = f"{module} ({kind})"
            meant, documents = await self._describe(module.path, module.version, what)
            if meant != module:
                raise NotFound(f"{what}: not found at its origin, which has {meant.version} by that name")
            self._seen.put(module, documents)
        return documents[kind]

    @asynccontextmanager
    async def zip(self, module: ModuleVersion) -> AsyncIterator[Incoming]:
        async with self._workers.go(f"{module} (zip)", "mod", "download", "-json", "--", str(module)) as result:
            file = result.file(module, "zip")
            yield Incoming(file.stat().st_size, _chunks(file))

    async def _describe(self, path: str, query: str, what: str) -> tuple[ModuleVersion, Mapping[PartKind, bytes]]:
        """The version that a query means, and its documents."""
        async with self._workers.go(what, "list", "-m", "-json", "--", f"{path}@{query}") as result:
            module = ModuleVersion(path, str(result.said["Version"]))
            return module, await to_thread.run_sync(_documents, result, module, what)


def _documents(result: Result, module: ModuleVersion, what: str) -> Mapping[PartKind, bytes]:
    try:
        return {"info": result.file(module, "info").read_bytes(), "mod": result.file(module, "mod").read_bytes()}
    except FileNotFoundError as error:  # `go list` passes over a go.mod that it can't get
        raise UpstreamError(f"{what}: its origin has no go.mod that go can read; try again later") from error


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as stream:
        while chunk := await to_thread.run_sync(stream.read, CHUNK_BYTES):
            yield chunk
