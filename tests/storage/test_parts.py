"""Parts on a volume: escaped names apart from everything else, gone once their version is whole."""

from pathlib import Path

import pytest

from gomod.errors import NotFound
from gomod_storage import ModuleStore, parts
from gomod_storage.places import Places
from tests.storage.checks import assert_tidy
from tests.storage.modules import pack, publish

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


async def test_the_same_module_again_makes_an_end_of_parts_too(volume: ModuleStore, root: Path) -> None:
    await publish(volume, LIB)
    parts.keep(Places(root), LIB.module, "mod", b"module left over\n")
    assert (await volume.mod(LIB.module)).data == LIB.mod
    await publish(volume, LIB)
    with pytest.raises(NotFound):
        await volume.part(LIB.module, "mod")
