"""What static servers and GOPROXY=file:// find on the volume."""

import shutil
from pathlib import Path

import pytest

from gomod_storage import ModuleStore
from tests.storage.checks import assert_projected
from tests.storage.modules import pack, publish

PATH = "git.example.com/Team/lib"
LIB = pack(PATH, "v1.0.0")


@pytest.fixture
def projection(root: Path) -> Path:
    return root / "git.example.com/!team/lib/@v"


async def test_the_list_is_in_semver_order_and_complete(volume: ModuleStore, projection: Path) -> None:
    for version in ("v1.10.0", "v1.9.0", "v0.0.0-20260102030405-0123456789ab", "v1.10.0-RC.1"):
        await publish(volume, pack(PATH, version))
    lines = (projection / "list").read_text()
    assert lines == "v0.0.0-20260102030405-0123456789ab\nv1.9.0\nv1.10.0-RC.1\nv1.10.0\n"


@pytest.mark.parametrize("lost", ["v1.0.0.zip", "v1.0.0.mod", "v1.0.0.info", "list", "all"])
async def test_the_same_module_again_mends_its_projection(
    volume: ModuleStore, root: Path, projection: Path, lost: str
) -> None:
    await publish(volume, LIB)
    if lost == "all":
        shutil.rmtree(root / "git.example.com/!team")
    else:
        (projection / lost).unlink()
    assert await publish(volume, LIB) is False
    assert_projected(root, LIB)


async def test_reading_mends_a_projection_that_is_missing(volume: ModuleStore, root: Path) -> None:
    await publish(volume, LIB)
    await publish(volume, pack(PATH, "v1.1.0"))
    for read in (volume.info, volume.mod, volume.zip):
        shutil.rmtree(root / "git.example.com/!team")
        await read(LIB.module)
        assert_projected(root, LIB)


async def test_the_list_names_only_what_is_beside_it(volume: ModuleStore, projection: Path, root: Path) -> None:
    await publish(volume, LIB)
    pack(PATH, "v1.1.0").write_as_athens(root)
    await publish(volume, pack(PATH, "v1.2.0"))
    assert (projection / "list").read_text() == "v1.0.0\nv1.2.0\n"


async def test_what_stands_in_the_projections_place_is_replaced(
    volume: ModuleStore, root: Path, projection: Path
) -> None:
    projection.mkdir(parents=True)
    for name in ("v1.0.0.zip", "v1.0.0.mod", "v1.0.0.info", "list"):
        (projection / name).write_text("of another tool")
    (projection / "Upper.info").write_text("no version of ours")
    await publish(volume, LIB)
    assert_projected(root, LIB)
    assert (projection / "list").read_text() == "v1.0.0\n"


async def test_writing_anew_never_touches_what_a_reader_has_open(volume: ModuleStore, projection: Path) -> None:
    await publish(volume, LIB)
    with (projection / "list").open() as listing, (projection / "v1.0.0.zip").open("rb") as archive:
        await publish(volume, pack(PATH, "v1.1.0"))
        await publish(volume, LIB)
        assert listing.read() == "v1.0.0\n"
        assert archive.read() == LIB.zip
