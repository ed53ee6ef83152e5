"""How much room a volume has, and how old its oldest unfinished work is."""

import os
import time
from pathlib import Path

import pytest

from gomod_storage import ModuleStore
from gomod_storage.headroom import headroom, volume_folder


async def test_the_room_is_that_of_the_file_system(volume: ModuleStore, root: Path) -> None:
    await volume.ready()
    seen = headroom(root)
    expected = os.statvfs(root)
    assert seen.bytes == expected.f_blocks * expected.f_frsize
    assert seen.inodes == expected.f_files
    assert 0 < seen.free_bytes < seen.bytes
    assert seen.free_inodes <= seen.inodes


async def test_the_oldest_staging_folder_is_the_one_that_counts(volume: ModuleStore, root: Path) -> None:
    assert headroom(root).oldest_staging_seconds == 0
    async with volume.stage() as old, volume.stage():
        for path in (old.path, old.path.with_suffix(".lock")):
            os.utime(path, (time.time() - 500, time.time() - 500))
        assert headroom(root).oldest_staging_seconds == pytest.approx(500, abs=20)
    assert headroom(root).oldest_staging_seconds == 0


def test_a_volume_that_is_not_there_is_an_error_and_no_number(root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        headroom(root)


def test_a_store_that_is_no_volume_has_no_folder() -> None:
    assert volume_folder("file:///var/lib/go%20mod") == Path("/var/lib/go mod")
    assert volume_folder("s3://bucket/prefix") is None
