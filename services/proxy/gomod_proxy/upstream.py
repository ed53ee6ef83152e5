"""One upstream GOPROXY: what is asked of it, and what is believed of its answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gomod import layout
from gomod.errors import InvalidPath, InvalidVersion, Malformed
from gomod.info import parse_info
from gomod.modfile import module_path
from gomod.module import ModuleVersion, canonical_version, check
from gomod_proxy.http_client import HttpClient
from gomod_proxy.link import Link
from gomod_proxy.source import Incoming
from gomod_storage import PartKind


class GoProxy:
    """A Source over the GOPROXY protocol."""

    def __init__(self, url: str, client: HttpClient) -> None:
        self._link = Link(url, client)

    async def versions(self, path: str) -> list[str]:
        """Lines that name no version of the module are passed over, as the go command does."""
        text = await self._link.moving_text(layout.list_name(path), f"the versions of {path}")
        fields = [line.split() for line in text.decode(errors="replace").split("\n")]
        return [each[0] for each in fields if each and _is_version_of(path, each[0])]

    async def latest(self, path: str) -> bytes:
        return await self._moving_info(path, layout.latest_name(path), f"{path}@latest")

    async def query(self, path: str, query: str) -> bytes:
        # A query stands where a version would, escaped in the same way.
        return await self._moving_info(path, layout.file_name(ModuleVersion(path, query), "info"), f"{path}@{query}")

    async def document(self, module: ModuleVersion, kind: PartKind) -> bytes:
        what = f"{module} ({kind})"
        data = await self._link.text(layout.file_name(module, kind), what)
        if kind == "mod":
            if not module_path(data):
                raise self._link.nonsense(what, "has no module line")
        elif (version := self._version(data, what)) != module.version:
            raise self._link.nonsense(what, f"is of another version, {version!r}")
        return data

    @asynccontextmanager
    async def zip(self, module: ModuleVersion) -> AsyncIterator[Incoming]:
        async with self._link.zip(layout.file_name(module, "zip"), f"{module} (zip)") as incoming:
            yield incoming

    async def _moving_info(self, path: str, name: str, what: str) -> bytes:
        data = await self._link.moving_text(name, what)
        version = self._version(data, what)
        if not _is_version_of(path, version):
            raise self._link.nonsense(what, f"names {version!r}, which is no version of {path}")
        return data

    def _version(self, data: bytes, what: str) -> str:
        try:
            return parse_info(data).version
        except Malformed as error:
            raise self._link.nonsense(what, f"is not what it should be: {error}") from error


def _is_version_of(path: str, version: str) -> bool:
    try:
        check(path, version)
    except (InvalidPath, InvalidVersion):
        return False
    return canonical_version(version) == version
