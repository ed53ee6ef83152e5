"""What gomod.sumdb asks of the outer world: the database over HTTP, and what is known of it in the store."""

from functools import partial

from gomod.errors import NotFound, UpstreamError
from gomod.sumdb.note import VerifierKey
from gomod_proxy.absences import Absences
from gomod_proxy.flights import Flights
from gomod_proxy.link import Link
from gomod_storage import ModuleStore


class LinkedDatabase:
    """A Remote: each path is asked for once however many want it, and what is absent is so for a while."""

    def __init__(self, name: str, link: Link, absences: Absences) -> None:
        self._name = name
        self._link = link
        self._absences = absences
        self._flights: Flights[bytes] = Flights()

    async def fetch(self, path: str) -> bytes:
        return await self._flights.join(path, partial(self._ask, path))

    async def aclose(self) -> None:
        """End what is under way."""
        await self._flights.aclose()

    async def _ask(self, path: str) -> bytes:
        with self._absences.noted(path):
            return await self._link.data(path.removeprefix("/"), f"checksum database {self._name}: {path}")


class OfflineDatabase:
    """A Remote that is never asked."""

    async def fetch(self, path: str) -> bytes:
        raise UpstreamError(f"{path}: this registry is offline, and checksum databases are not asked")

    async def aclose(self) -> None:
        """There is nothing to end."""


class StoredArchive:
    """An Archive in the store, for all replicas."""

    def __init__(self, store: ModuleStore, key: VerifierKey) -> None:
        self._store = store
        self._folder = folder_of(key)

    async def load(self, path: str) -> bytes:
        return await self._store.kept(self._folder + path)

    async def save(self, path: str, data: bytes) -> None:
        await self._store.keep(self._folder + path, data)


class StoredHeads:
    """Heads in the store, for all replicas."""

    def __init__(self, store: ModuleStore, key: VerifierKey) -> None:
        self._store = store
        self._name = f"{folder_of(key)}/newest"

    async def load(self) -> bytes:
        try:
            return await self._store.kept(self._name)
        except NotFound:
            return b""

    async def replace(self, old: bytes, new: bytes) -> bool:
        return await self._store.exchange(self._name, old, new)


def folder_of(key: VerifierKey) -> str:
    """Where everything that is known of a database is kept. Another key is another database."""
    return f"sumdb/{key.name}+{key.id.hex()}"
