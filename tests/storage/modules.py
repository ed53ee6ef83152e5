"""Modules for the tests of the store: small, valid, and different wherever their text is."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.module import ModuleVersion
from gomod_storage import ModuleStore, Release, Staging


@dataclass(frozen=True, slots=True)
class Packed:
    """The three files of one version."""

    module: ModuleVersion
    info: bytes
    mod: bytes
    zip: bytes

    def write(self, staging: Staging) -> Release:
        """The three files in a staging folder, ready to be committed."""
        staging.info.write_bytes(self.info)
        staging.mod.write_bytes(self.mod)
        staging.zip.write_bytes(self.zip)
        return Release(self.module, staging, hash_zip(staging.zip), hash_go_mod(self.mod))

    def write_as_athens(self, root: Path) -> Path:
        """The version's folder as a stock Athens leaves it on disk."""
        folder = root / self.module.path / self.module.version
        folder.mkdir(parents=True)
        (folder / "go.mod").write_bytes(self.mod)
        (folder / "source.zip").write_bytes(self.zip)
        (folder / f"{self.module.version}.info").write_bytes(self.info)
        return folder


def pack(path: str, version: str, text: str = "package x\n", *, compression: int = zipfile.ZIP_DEFLATED) -> Packed:
    """A module of one package whose only file says `text`."""
    mod = f"module {path}\n\ngo 1.21\n".encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        # With a ZipInfo, which has no time of its own: the same arguments make the same bytes.
        archive.writestr(zipfile.ZipInfo(f"{path}@{version}/go.mod"), mod, compression)
        archive.writestr(zipfile.ZipInfo(f"{path}@{version}/x.go"), text, compression)
    info = f'{{"Version":"{version}","Time":"2026-01-02T03:04:05Z"}}'.encode()
    return Packed(ModuleVersion(path, version), info, mod, buffer.getvalue())


async def publish(store: ModuleStore, packed: Packed) -> bool:
    """Stage and commit."""
    async with store.stage() as staging:
        return await store.commit(packed.write(staging))


async def check(store: ModuleStore, packed: Packed) -> None:
    """Stage, and ask what speaks against a commit."""
    async with store.stage() as staging:
        await store.check(packed.write(staging))


async def read_zip(store: ModuleStore, module: ModuleVersion) -> bytes:
    """The whole stored zip."""
    blob = await store.zip(module)
    return b"".join([chunk async for chunk in blob.chunks(0, blob.size)])
