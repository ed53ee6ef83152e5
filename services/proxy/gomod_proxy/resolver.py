"""Our own modules on one way, everybody else's on another: a name of ours never leaves the house."""

from gomod.module import ModuleVersion
from gomod_proxy.own import OwnModules
from gomod_proxy.reader import Found, ModuleReader, Stream
from gomod_storage import Blob, Document


class Resolver:
    """Sends each question to the reader of our own modules or to that of the public ones."""

    def __init__(self, own_modules: OwnModules, own: ModuleReader, public: ModuleReader) -> None:
        self._own_modules = own_modules
        self._own = own
        self._public = public

    def _reader(self, path: str) -> ModuleReader:
        return self._own if self._own_modules.owns(path) else self._public

    async def versions(self, path: str) -> Found[list[str]]:
        return await self._reader(path).versions(path)

    async def latest(self, path: str) -> Found[Document]:
        return await self._reader(path).latest(path)

    async def query(self, path: str, query: str) -> Found[Document]:
        return await self._reader(path).query(path, query)

    async def info(self, module: ModuleVersion) -> Found[Document]:
        return await self._reader(module.path).info(module)

    async def mod(self, module: ModuleVersion) -> Found[Document]:
        return await self._reader(module.path).mod(module)

    async def zip(self, module: ModuleVersion) -> Found[Blob | Stream]:
        return await self._reader(module.path).zip(module)
