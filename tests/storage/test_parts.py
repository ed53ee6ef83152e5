"""Parts on a volume: escaped names apart from everything else, gone once their version is whole."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.errors import NotFound
from gomod_storage import Document, ModuleStore, Release, parts
from gomod_storage.places import Places
from tests.storage.checks import assert_projected, assert_tidy
from tests.storage.modules import pack, publish, read_zip

LIB = pack("github.com/Azure/lib", "v1.0.0-RC.1")


async def test_a_part_lies_under_its_escaped_name(volume: ModuleStore, root: Path) -> None:
    await volume.keep_part(LIB.module, "info", LIB.info)
    await volume.keep_part(LIB.module, "mod", LIB.mod)
    folder = root / ".parts/github.com/!azure/lib/@v"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        "v1.0.0-!r!c.1.info": LIB.info,
        "v1.0.0-!r!c.1.mod": LIB.mod,
    }
    assert not (root / "github.com").exists()
    assert_tidy(root)


async def test_a_commit_makes_an_end_of_its_parts_and_of_no_others(volume: ModuleStore) -> None:
    other = pack("github.com/Azure/lib", "v1.0.0")
    for packed in (LIB, other):
        await volume.keep_part(packed.module, "info", packed.info)
        await volume.keep_part(packed.module, "mod", packed.mod)
    await publish(volume, LIB)
    for kept in (LIB, other):
        if kept is other:
            assert (await volume.part(kept.module, "info")).data == other.info
            assert (await volume.part(kept.module, "mod")).data == other.mod
        else:
            with pytest.raises(NotFound):
                await volume.part(kept.module, "info")
            with pytest.raises(NotFound):
                await volume.part(kept.module, "mod")


async def release_of_parts(store: ModuleStore, info: Document, mod: Document) -> None:
    async with store.stage() as staging:
        staging.zip.write_bytes(LIB.zip)
        await store.commit(Release(LIB.module, staging, hash_zip(staging.zip), hash_go_mod(mod.data), info, mod))


async def test_a_version_takes_over_its_parts_as_they_are(store: ModuleStore) -> None:
    info, mod = await store.keep_part(LIB.module, "info", LIB.info), await store.keep_part(LIB.module, "mod", LIB.mod)
    await release_of_parts(store, info, mod)
    assert (await store.info(LIB.module)).data == LIB.info
    assert (await store.mod(LIB.module)).data == LIB.mod
    assert await read_zip(store, LIB.module) == LIB.zip


async def test_the_files_of_parts_become_those_of_the_version(volume: ModuleStore, root: Path) -> None:
    info, mod = await volume.keep_part(LIB.module, "info", LIB.info), await volume.keep_part(LIB.module, "mod", LIB.mod)
    kept = {file.suffix: file.stat().st_ino for file in (root / ".parts/github.com/!azure/lib/@v").iterdir()}
    await release_of_parts(volume, info, mod)
    folder = root / LIB.module.path / LIB.module.version
    assert (folder / "go.mod").stat().st_ino == kept[".mod"]
    assert (folder / f"{LIB.module.version}.info").stat().st_ino == kept[".info"]
    assert [await volume.info(LIB.module), await volume.mod(LIB.module)] == [info, mod]
    assert_projected(root, LIB)
    assert_tidy(root)


@pytest.mark.parametrize("left", [None, b"module rotten\n"])
async def test_a_part_that_is_not_what_is_at_hand_any_more_is_not_taken_over(
    volume: ModuleStore, root: Path, left: bytes | None
) -> None:
    info, mod = await volume.keep_part(LIB.module, "info", LIB.info), await volume.keep_part(LIB.module, "mod", LIB.mod)
    file = root / ".parts/github.com/!azure/lib/@v/v1.0.0-!r!c.1.mod"
    file.unlink() if left is None else file.write_bytes(left)
    await release_of_parts(volume, info, mod)
    assert [await volume.info(LIB.module), await volume.mod(LIB.module)] == [info, mod]
    assert_projected(root, LIB)


async def test_where_no_link_can_be_made_a_part_is_written_once_more_and_as_old_as_it_was(
    volume: ModuleStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info, mod = await volume.keep_part(LIB.module, "info", LIB.info), await volume.keep_part(LIB.module, "mod", LIB.mod)
    os.utime(root / ".parts/github.com/!azure/lib/@v/v1.0.0-!r!c.1.mod", (1e9, 1e9))
    mod = replace(mod, modified=1e9)

    def refuse(target: Path, _: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), str(target))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    await release_of_parts(volume, info, mod)
    assert [await volume.info(LIB.module), await volume.mod(LIB.module)] == [info, mod]
    assert_projected(root, LIB)


async def test_the_same_module_again_makes_an_end_of_parts_too(volume: ModuleStore, root: Path) -> None:
    await publish(volume, LIB)
    parts.keep(Places(root), LIB.module, "mod", b"module left over\n")
    assert (await volume.mod(LIB.module)).data == LIB.mod
    await publish(volume, LIB)
    with pytest.raises(NotFound):
        await volume.part(LIB.module, "mod")
