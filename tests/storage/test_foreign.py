"""A volume that Athens filled, or fills beside us: whole versions are served, torn ones are absent until whole."""

import os
from pathlib import Path

import pytest

from gomod.errors import AlreadyExists, NotFound, Unavailable
from gomod_storage import ModuleStore
from tests.storage.checks import assert_projected, assert_tidy, files_of, stored
from tests.storage.modules import pack, publish, read_zip

LIB = pack("github.com/Azure/lib", "v1.0.0")
FILES = ["go.mod", "source.zip", "v1.0.0.info"]


async def test_a_version_that_athens_stored_is_served_and_projected_when_read(volume: ModuleStore, root: Path) -> None:
    LIB.write_as_athens(root)
    assert await volume.versions(LIB.module.path) == ["v1.0.0"]
    assert (await volume.info(LIB.module)).data == LIB.info
    assert await read_zip(volume, LIB.module) == LIB.zip
    assert_projected(root, LIB)
    assert_tidy(root)


async def test_the_version_folder_keeps_exactly_its_three_files(volume: ModuleStore, root: Path) -> None:
    folder = LIB.write_as_athens(root)
    await volume.info(LIB.module)
    await publish(volume, LIB)
    assert sorted(file.name for file in folder.iterdir()) == FILES


@pytest.mark.parametrize("missing", FILES)
@pytest.mark.parametrize("how", ["missing", "empty", "a folder"])
async def test_a_torn_version_is_absent_until_it_is_whole(
    volume: ModuleStore, root: Path, missing: str, how: str
) -> None:
    file = LIB.write_as_athens(root) / missing
    content = file.read_bytes()
    file.unlink()
    if how == "empty":
        file.touch()
    elif how == "a folder":
        file.mkdir()
    assert await volume.versions(LIB.module.path) == []
    for read in (volume.info, volume.mod, volume.zip):
        with pytest.raises(NotFound):
            await read(LIB.module)
    assert not (root / "github.com/!azure").exists()
    if how == "a folder":
        file.rmdir()
    file.write_bytes(content)
    assert await volume.versions(LIB.module.path) == ["v1.0.0"]
    assert (await volume.mod(LIB.module)).data == LIB.mod


@pytest.mark.parametrize("missing", FILES)
async def test_a_commit_takes_the_place_of_a_torn_version(volume: ModuleStore, root: Path, missing: str) -> None:
    folder = pack("github.com/Azure/lib", "v1.0.0", "package athens\n").write_as_athens(root)
    (folder / missing).unlink()
    (folder / "left.tmp").write_text("x")
    assert await publish(volume, LIB) is True
    assert stored(root, LIB) == files_of(LIB)
    assert_projected(root, LIB)
    assert_tidy(root)


async def test_a_commit_takes_the_place_of_an_empty_folder(volume: ModuleStore, root: Path) -> None:
    (root / "github.com/Azure/lib/v1.0.0").mkdir(parents=True)
    assert await publish(volume, LIB) is True
    assert stored(root, LIB) == files_of(LIB)


async def test_a_commit_deletes_nothing_of_another_module(volume: ModuleStore, root: Path) -> None:
    inner = pack("github.com/Azure/lib/v1.0.0/inner", "v1.2.0")
    inner.write_as_athens(root)
    (root / "github.com/Azure/lib/v1.0.0/go.mod").write_text("torn")
    with pytest.raises(Unavailable, match="holds those of other modules"):
        await publish(volume, LIB)
    assert (await volume.info(inner.module)).data == inner.info
    assert (root / "github.com/Azure/lib/v1.0.0/go.mod").read_text() == "torn"
    assert_tidy(root)


async def test_what_athens_stored_stands_against_other_bytes(volume: ModuleStore, root: Path) -> None:
    LIB.write_as_athens(root)
    with pytest.raises(AlreadyExists):
        await publish(volume, pack("github.com/Azure/lib", "v1.0.0", "package other\n"))
    assert stored(root, LIB) == files_of(LIB)


async def test_a_stored_zip_that_is_damaged_is_neither_the_same_nor_replaced(volume: ModuleStore, root: Path) -> None:
    folder = LIB.write_as_athens(root)
    os.truncate(folder / "source.zip", 30)
    with pytest.raises(Unavailable, match="the zip that is stored is damaged"):
        await publish(volume, LIB)
    assert (folder / "source.zip").stat().st_size == 30
    assert_tidy(root)
