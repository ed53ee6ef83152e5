"""A stored zip as a stream: the same bytes, whether they are in memory or on the disk."""

import os
from pathlib import Path

import pytest
from anyio import to_thread

from gomod.module import ModuleVersion
from gomod_storage.store import CHUNK_BYTES
from gomod_storage.zip_blob import zip_blob

MODULE = ModuleVersion("a.b/c", "v1.0.0")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def data() -> bytes:
    return os.urandom(2 * CHUNK_BYTES + 1)


@pytest.fixture
def file(tmp_path: Path, data: bytes) -> Path:
    file = tmp_path / "source.zip"
    file.write_bytes(data)
    return file


async def read(file: Path, start: int, stop: int) -> bytes:
    blob = zip_blob(MODULE, os.open(file, os.O_RDONLY))
    return b"".join([chunk async for chunk in blob.chunks(start, stop)])


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 2 * CHUNK_BYTES + 1), (1, CHUNK_BYTES + 1), (CHUNK_BYTES, CHUNK_BYTES)]
)
async def test_what_is_not_in_memory_is_read_from_the_disk(file: Path, data: bytes, start: int, stop: int) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    assert await read(file, start, stop) == data[start:stop]
    assert await read(file, start, stop) == data[start:stop]


@pytest.mark.may_skip(reason="not every filesystem can say what is in memory; then a thread reads, as tested above")
async def test_what_is_in_memory_takes_no_thread(file: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with file.open("rb") as opened:
        try:
            os.preadv(opened.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
        except OSError:
            pytest.skip("this filesystem can't")
    monkeypatch.delattr(to_thread, "run_sync")
    assert await read(file, 0, len(data)) == data
