"""Versions that are in a volume before a test begins, without an uploader."""

from collections.abc import Mapping
from pathlib import Path

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.module import ModuleVersion
from gomod_storage import Release
from gomod_storage.open import open_store
from tests.goproxy_server import make_info, make_zip


async def publish(
    volume: Path,
    path: str,
    version: str,
    time: str = "2024-01-02T03:04:05Z",
    origin: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """Commit a small module, of a go.mod and these files; returns its zip."""
    store = open_store(volume.as_uri())
    await store.start()
    go_mod = f"module {path}\n".encode()
    body = make_zip(path, version, {"go.mod": go_mod, **(files or {"x.go": b"package x\n"})})
    async with store.stage() as staging:
        staging.info.write_bytes(make_info(version, time, **({"Origin": origin} if origin else {})))
        staging.mod.write_bytes(go_mod)
        staging.zip.write_bytes(body)
        release = Release(ModuleVersion(path, version), staging, hash_zip(staging.zip), hash_go_mod(go_mod))
        assert await store.commit(release)
    return body
