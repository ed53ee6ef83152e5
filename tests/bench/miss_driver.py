"""Brings public modules into a volume as a download does, in one thread; a program that test_miss_cost.py counts.

usage: miss_driver.py ROOT MODULES
"""

import asyncio
import io
import sys
import zipfile
from pathlib import Path

from gomod.dirhash import hash_go_mod
from gomod.module import ModuleVersion
from gomod.modzip import check_zip
from gomod_storage import ModuleStore, Release
from gomod_storage.open import open_store


async def bring(store: ModuleStore, module: ModuleVersion) -> None:
    go_mod = f"module {module.path}\n".encode()
    async with store.alone(module, "info", 1):
        info = await store.keep_part(module, "info", f'{{"Version":"{module.version}"}}'.encode())
    async with store.alone(module, "mod", 1):
        mod = await store.keep_part(module, "mod", go_mod)
    async with store.alone(module, "zip", 1), store.stage() as staging:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(f"{module}/go.mod", go_mod)
        staging.zip.write_bytes(packed.getvalue())
        release = Release(module, staging, check_zip(module, staging.zip).h1, hash_go_mod(go_mod), info, mod)
        assert await store.commit(release)


async def main(root: str, modules: str) -> None:
    store = open_store(Path(root).as_uri())
    await store.start()
    for number in range(int(modules)):
        await bring(store, ModuleVersion(f"github.com/some/lib{number}", "v1.0.0"))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
