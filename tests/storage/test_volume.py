"""The face of the volume: the layout that others read as well, and failures that are never answered as a miss."""

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from gomod.errors import Forbidden, NotFound, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import ModuleStore
from tests.storage.checks import assert_tidy
from tests.storage.modules import pack, publish, read_zip

AZURE = pack("github.com/Azure/SDK", "v1.0.0-RC.1")
LIB = pack("git.example.com/lib", "v1.0.0")


async def test_the_layout_is_that_of_athens_and_that_of_a_static_goproxy(volume: ModuleStore, root: Path) -> None:
    await publish(volume, AZURE)
    await publish(volume, LIB)
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert {file for file in files if not file.startswith(".")} == {
        "github.com/Azure/SDK/v1.0.0-RC.1/go.mod",
        "github.com/Azure/SDK/v1.0.0-RC.1/source.zip",
        "github.com/Azure/SDK/v1.0.0-RC.1/v1.0.0-RC.1.info",
        "github.com/!azure/!s!d!k/@v/v1.0.0-!r!c.1.zip",
        "github.com/!azure/!s!d!k/@v/v1.0.0-!r!c.1.mod",
        "github.com/!azure/!s!d!k/@v/v1.0.0-!r!c.1.info",
        "github.com/!azure/!s!d!k/@v/list",
        "git.example.com/lib/v1.0.0/go.mod",
        "git.example.com/lib/v1.0.0/source.zip",
        "git.example.com/lib/v1.0.0/v1.0.0.info",
        "git.example.com/lib/@v/v1.0.0.zip",
        "git.example.com/lib/@v/v1.0.0.mod",
        "git.example.com/lib/@v/v1.0.0.info",
        "git.example.com/lib/@v/list",
    }
    assert (root / "github.com/!azure/!s!d!k/@v/list").read_text() == "v1.0.0-RC.1\n"
    assert_tidy(root)


async def test_the_bytes_are_stored_once(volume: ModuleStore, root: Path) -> None:
    await publish(volume, LIB)
    folder = root / "git.example.com/lib"
    for stored, projected in (("source.zip", "v1.0.0.zip"), ("go.mod", "v1.0.0.mod"), ("v1.0.0.info", "v1.0.0.info")):
        assert (folder / "v1.0.0" / stored).samefile(folder / "@v" / projected)
        assert (folder / "v1.0.0" / stored).stat().st_nlink == 2


async def test_everybody_may_read_whatever_the_umask(volume: ModuleStore, root: Path) -> None:
    before = os.umask(0o077)
    try:
        async with volume.stage() as staging:
            release = AZURE.write(staging)
            staging.zip.chmod(0o600)
            await volume.commit(release)
        await volume.keep_part(LIB.module, "mod", LIB.mod)
    finally:
        os.umask(before)
    for path in [*root.glob("g*/**/*"), *root.glob(".parts/**/*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


async def test_a_shared_volumes_group_is_inherited(volume: ModuleStore, root: Path) -> None:
    root.chmod(0o2755)
    before = os.umask(0o077)
    try:
        await publish(volume, LIB)
    finally:
        os.umask(before)
    assert stat.S_IMODE((root / "git.example.com/lib").stat().st_mode) == 0o2755


async def test_a_path_with_a_version_inside_is_refused_and_blocks_nothing(volume: ModuleStore, root: Path) -> None:
    inner = pack("git.example.com/lib/v1.0.0/inner", "v1.0.0")
    with pytest.raises(Forbidden, match=r"reads as a version"):
        await publish(volume, inner)
    assert not (root / "git.example.com").exists()
    with pytest.raises(NotFound):
        await volume.zip(inner.module)
    assert (await volume.keep_part(inner.module, "mod", inner.mod)).data == inner.mod
    assert await publish(volume, LIB) is True


@pytest.mark.parametrize("gone", ["deleted", "unmounted"])
async def test_without_its_volume_nothing_is_said_to_be_absent(volume: ModuleStore, root: Path, gone: str) -> None:
    await publish(volume, LIB)
    shutil.rmtree(root)
    if gone == "unmounted":
        root.mkdir()
    unknown = ModuleVersion("git.example.com/lib", "v1.0.1")
    for read in (volume.info, volume.mod, volume.zip):
        with pytest.raises(Unavailable, match="the store's volume is not there"):
            await read(unknown)
    with pytest.raises(Unavailable):
        await volume.versions("git.example.com/lib")
    with pytest.raises(Unavailable):
        await volume.part(unknown, "mod")
    with pytest.raises(Unavailable):
        await volume.ready()
    with pytest.raises(Unavailable):
        await publish(volume, LIB)
    with pytest.raises(Unavailable):
        await volume.keep_part(unknown, "mod", b"module x\n")
    assert not (root / "git.example.com").exists()


async def test_a_file_where_a_folder_should_be_is_trouble_for_writers_and_absence_for_readers(
    volume: ModuleStore, root: Path
) -> None:
    (root / "git.example.com").write_text("junk")
    assert await volume.versions("git.example.com/lib") == []
    with pytest.raises(NotFound):
        await volume.info(LIB.module)
    with pytest.raises(Unavailable):
        await publish(volume, LIB)
    assert_tidy(root)


async def test_a_zip_that_is_removed_while_it_is_read_is_read_to_its_end(volume: ModuleStore, root: Path) -> None:
    big = pack("git.example.com/big", "v1.0.0", os.urandom(600_000).hex())
    await publish(volume, big)
    blob = await volume.zip(big.module)
    chunks = blob.chunks(0, blob.size)
    read = await anext(chunks)
    shutil.rmtree(root / "git.example.com")
    read += b"".join([chunk async for chunk in chunks])
    assert read == big.zip
    with pytest.raises(NotFound):
        await volume.zip(big.module)


async def test_a_zip_that_lost_its_end_is_unavailable_not_short(volume: ModuleStore, root: Path) -> None:
    await publish(volume, LIB)
    blob = await volume.zip(LIB.module)
    os.truncate(root / "git.example.com/lib/v1.0.0/source.zip", 10)
    with pytest.raises(Unavailable, match="ends after 10 bytes"):
        assert [chunk async for chunk in blob.chunks(0, blob.size)] == []


def open_below(root: Path) -> list[str]:
    """The files below `root` that this process has open."""
    names = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            names.append(str(descriptor.readlink()))
    return [name for name in names if name.startswith(str(root))]


async def test_no_descriptor_leaks_however_a_zip_is_read(volume: ModuleStore, root: Path) -> None:
    big = pack("git.example.com/big", "v1.0.0", os.urandom(600_000).hex())
    await publish(volume, big)
    await read_zip(volume, big.module)
    await volume.zip(big.module)  # never read
    blob = await volume.zip(big.module)
    blob.chunks(0, blob.size)  # never begun
    abandoned = blob.chunks(0, blob.size)
    await anext(abandoned)
    assert len(open_below(root)) == 1
    del blob, abandoned
    with pytest.raises(NotFound):
        await volume.zip(LIB.module)
    await volume.info(big.module)
    await volume.ready()
    await volume.keep_part(LIB.module, "mod", LIB.mod)
    assert open_below(root) == []
