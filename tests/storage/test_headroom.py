"""How much room a volume has, and how old its oldest unfinished work is."""

import os
import time
from pathlib import Path

import pytest

from gomod_storage import ModuleStore
from gomod_storage.headroom import headroom, local_folder
from gomod_storage.open import open_store
from tests.storage.conftest import place


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


def test_every_store_works_in_a_folder_of_this_machine() -> None:
    assert local_folder("file:///var/lib/go%20mod") == Path("/var/lib/go mod")
    assert local_folder("s3://bucket/prefix?staging=/a%20scratch") == Path("/a scratch")
    assert local_folder("s3://bucket/prefix") is None


async def test_what_is_gathered_for_a_bucket_is_seen_like_that_on_a_volume(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store = open_store(place(request, "moto"))
    await store.start()
    async with store.stage() as staging:
        os.utime(staging.path.with_suffix(".lock"), (time.time() - 500, time.time() - 500))
        assert headroom(tmp_path / "staging").oldest_staging_seconds == pytest.approx(500, abs=20)
