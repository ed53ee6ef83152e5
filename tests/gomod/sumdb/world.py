"""What a client under test is built of: the database over HTTP, and the rest in memory."""

import asyncio
import urllib.error
from collections.abc import Callable

from gomod.errors import NotFound, UpstreamError
from gomod.sumdb.client import Client
from gomod.sumdb.note import parse_key
from tests.gomod.sumdb.ed25519 import verify
from tests.sumdb_server import SumDatabase


class HttpRemote:
    """The database, asked over HTTP."""

    def __init__(self, database: SumDatabase) -> None:
        self._database = database
        self.reachable = True

    async def fetch(self, path: str) -> bytes:
        if not self.reachable:
            raise UpstreamError("the test says that the database is out of reach")
        try:
            return await asyncio.to_thread(self._database.get, path)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404:
                raise NotFound(path) from error
            raise UpstreamError(f"{path}: {error.code}") from error


class MemoryArchive:
    """Keeps what it is given in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def load(self, path: str) -> bytes:
        if path not in self.files:
            raise NotFound(path)
        return self.files[path]

    async def save(self, path: str, data: bytes) -> None:
        self.files[path] = data


class MemoryHeads:
    """The newest head; `before_replacing` is what another replica does at the worst moment."""

    def __init__(self, note: bytes = b"") -> None:
        self.note = note
        self.before_replacing: Callable[[], None] = lambda: None

    async def load(self) -> bytes:
        return self.note

    async def replace(self, old: bytes, new: bytes) -> bool:
        await asyncio.sleep(0)  # let others in, as a disk would
        self.before_replacing()
        if self.note != old:
            return False
        self.note = new
        return True


class World:
    """A client, and all that it stands on; `restarted` is the same with an empty memory."""

    def __init__(self, database: SumDatabase) -> None:
        self.database = database
        self.remote = HttpRemote(database)
        self.archive = MemoryArchive()
        self.heads = MemoryHeads()
        self.client = self.restarted()

    def restarted(self) -> Client:
        return Client(parse_key(self.database.key), verify, self.remote, self.archive, self.heads)
