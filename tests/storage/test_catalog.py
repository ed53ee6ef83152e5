"""The catalog of a volume: modules wherever they lie, and nothing that only looks like one."""

from pathlib import Path

import pytest

from gomod.module import ModuleVersion
from gomod_storage import ModuleStore
from tests.storage.modules import pack, publish


async def names(store: ModuleStore) -> list[str]:
    return [str(module) for module in await store.catalog(None, 1000)]


async def test_versions_of_athens_are_there_before_anybody_reads_them(volume: ModuleStore, root: Path) -> None:
    pack("github.com/Azure/sdk", "v1.0.0").write_as_athens(root)
    assert await names(volume) == ["github.com/Azure/sdk@v1.0.0"]


async def test_the_projection_shows_nothing_twice(volume: ModuleStore) -> None:
    for path in ("github.com/Azure/SDK", "github.com/Azure/SDK/v2", "github.com/azure/sdk"):
        await publish(volume, pack(path, "v2.0.0" if path.endswith("v2") else "v1.0.0"))
    assert await names(volume) == [
        "github.com/Azure/SDK@v1.0.0",
        "github.com/Azure/SDK/v2@v2.0.0",
        "github.com/azure/sdk@v1.0.0",
    ]


async def test_neither_torn_versions_nor_parts_nor_stray_files_are_there(volume: ModuleStore, root: Path) -> None:
    torn = pack("a.b/torn", "v1.0.0")
    (torn.write_as_athens(root) / "source.zip").unlink()
    await volume.keep_part(ModuleVersion("a.b/part", "v1.0.0"), "mod", b"module a.b/part\n")
    (root / "README").write_text("hello")
    (root / "lost+found").mkdir()
    (root / "not a module").mkdir()
    assert await names(volume) == []


async def test_a_module_below_what_reads_as_a_version_is_found(volume: ModuleStore, root: Path) -> None:
    pack("a.b/c/v1.0.0/d", "v1.2.0").write_as_athens(root)
    assert await names(volume) == ["a.b/c/v1.0.0/d@v1.2.0"]


@pytest.mark.parametrize("gone", ["a.b/c@v1.5.0", "a.b/c/gone@v1.0.0", "a.a@v1.0.0", "a.b/c/v2/x@v1.0.0"])
async def test_a_page_goes_on_after_what_is_gone(volume: ModuleStore, gone: str) -> None:
    stored = ["a.b/c@v1.2.0", "a.b/c@v1.10.0", "a.b/c/d@v1.0.0", "a.b/c/v2@v2.0.0", "a.b/c-d@v1.0.0"]
    for name in stored:
        await publish(volume, pack(*name.split("@")))
    assert sorted(await names(volume)) == sorted(stored)
    after = ModuleVersion(*gone.split("@"))
    following = await volume.catalog(after, 1000)
    earlier = [name for name in await names(volume) if name not in map(str, following)]
    expected = {"a.b/c@v1.5.0": 1, "a.b/c/gone@v1.0.0": 3, "a.a@v1.0.0": 0, "a.b/c/v2/x@v1.0.0": 4}
    assert len(earlier) == expected[gone]
    assert [*earlier, *map(str, following)] == await names(volume)
