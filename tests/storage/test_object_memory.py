"""A zip goes into a bucket and comes out again in little memory, whatever its size."""

import subprocess
import sys

import pytest

from tests.storage.conftest import place

MIB = 1024 * 1024
SIZE = 200 * MIB

PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from gomod.module import ModuleVersion
from gomod_storage import Release
from gomod_storage.open import open_store
from tests.storage.modules import pack, publish, read_zip

def peak():
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024

async def main(url, size):
    store = open_store(url)
    await store.start()
    small = pack("git.example.com/x", "v1.0.0")
    await publish(store, small)
    await read_zip(store, small.module)
    module = ModuleVersion("git.example.com/x", "v1.1.0")
    before = peak()
    async with store.stage() as staging:
        staging.info.write_bytes(b"{}")
        staging.mod.write_bytes(b"module git.example.com/x")
        with staging.zip.open("wb") as file:
            file.truncate(size)
        await store.commit(Release(module, staging, "h1:x=", "h1:y="))
    written = peak()
    blob = await store.zip(module)
    read = sum([len(chunk) async for chunk in blob.chunks(0, blob.size)])
    print(read, written - before, peak() - before)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_the_memory_that_a_zip_takes_does_not_grow_with_it(request: pytest.FixtureRequest) -> None:
    url = place(request, "seaweed")
    done = subprocess.run([sys.executable, "-c", PROGRAM, url, str(SIZE)], stdout=subprocess.PIPE, check=True)
    read, writing, both = map(int, done.stdout.split())
    assert read == SIZE
    assert writing < 40 * MIB
    assert both < 60 * MIB
