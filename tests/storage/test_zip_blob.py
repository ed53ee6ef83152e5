"""A stored zip as a stream: the same bytes, whether they are in memory or on the disk."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest
from anyio import fail_after

from gomod.errors import Unavailable
from gomod.module import ModuleVersion
from gomod_storage import zip_blob as zip_blob_module
from gomod_storage.store import CHUNK_BYTES
from gomod_storage.zip_blob import EXTENT_BYTES, zip_blob

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


async def read_extents(file: Path, start: int, stop: int) -> bytes:
    extents = zip_blob(MODULE, os.open(file, os.O_RDONLY)).extents
    assert extents is not None
    found = [(each.offset, os.pread(each.file.fileno(), each.size, each.offset)) async for each in extents(start, stop)]
    assert [offset for offset, _ in found] == list(range(start, stop, EXTENT_BYTES))
    return b"".join([piece for _, piece in found])


def drop_from_memory(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 2 * CHUNK_BYTES + 1), (1, CHUNK_BYTES + 1), (CHUNK_BYTES, CHUNK_BYTES)]
)
async def test_what_is_not_in_memory_is_read_from_the_disk(file: Path, data: bytes, start: int, stop: int) -> None:
    drop_from_memory(file)
    assert await read(file, start, stop) == data[start:stop]
    assert await read(file, start, stop) == data[start:stop]


@pytest.mark.may_skip(reason="not every filesystem can say what is in memory; then a thread reads, as tested above")
async def test_what_is_in_memory_takes_no_thread(file: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with file.open("rb") as opened:
        try:
            os.preadv(opened.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
        except OSError:
            pytest.skip("this filesystem can't")
    monkeypatch.delattr(zip_blob_module, "run_sync")
    assert await read(file, 0, len(data)) == data
    assert await read_extents(file, 0, len(data)) == data


@pytest.mark.parametrize(("start", "stop"), [(0, 2 * EXTENT_BYTES + 1), (1, EXTENT_BYTES + 1), (5, 5)])
async def test_an_extent_covers_the_range_and_comes_when_it_can_be_sent_without_waiting(
    tmp_path: Path, start: int, stop: int
) -> None:
    file, data = tmp_path / "large.zip", os.urandom(2 * EXTENT_BYTES + 1)
    file.write_bytes(data)
    drop_from_memory(file)
    assert await read_extents(file, start, stop) == data[start:stop]


async def test_a_file_that_ends_too_early_is_trouble(file: Path, data: bytes) -> None:
    blob = zip_blob(MODULE, os.open(file, os.O_RDONLY))
    os.truncate(file, 10)
    assert blob.extents is not None
    with pytest.raises(Unavailable, match="ends after 10 bytes"):
        assert [each async for each in blob.extents(0, len(data))]
    with pytest.raises(Unavailable, match="ends after 10 bytes"):
        assert [each async for each in blob.chunks(0, len(data))]


async def test_a_file_that_nobody_has_any_more_is_closed_without_complaint(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    blob = zip_blob(MODULE, descriptor)
    assert blob.extents is not None
    extent = await anext(blob.extents(0, 10))
    del blob
    os.fstat(descriptor)  # as long as somebody has a part of it
    del extent
    with fail_after(20), suppress(OSError):
        while os.fstat(descriptor):
            await asyncio.sleep(0.01)  # asyncio ends what was not read to its end
