"""Small files that services keep under names of their own."""

from pathlib import Path

import anyio
import pytest

from gomod.errors import Malformed, NotFound, Unavailable
from gomod_storage import ModuleStore
from gomod_storage.open import open_store
from tests.storage.checks import assert_tidy

NAME = "sumdb/sums.example+0123abcd/lookup/github.com/!azure/x@v1.0.0+incompatible"


async def test_what_is_kept_last_is_read_by_every_replica(store: ModuleStore, url: str) -> None:
    await store.keep(NAME, b"first")
    await store.keep(NAME, b"second\x00\xff")
    assert await open_store(url).kept(NAME) == b"second\x00\xff"
    assert await store.versions("github.com/Azure/x") == []


async def test_keeping_leaves_no_staging(volume: ModuleStore, root: Path) -> None:
    await volume.keep(NAME, b"first")
    assert_tidy(root)


async def test_what_was_never_kept_is_absent(store: ModuleStore) -> None:
    with pytest.raises(NotFound):
        await store.kept(NAME)
    await store.keep(NAME, b"")
    with pytest.raises(NotFound):
        await store.kept(f"{NAME}/below")


async def test_a_name_too_long_for_a_file_is_passed_over(store: ModuleStore) -> None:
    long = f"lookup/{'x' * 256}"
    await store.keep(long, b"data")
    with pytest.raises(NotFound):
        await store.kept(long)


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "a//b", "a/", "..", "a/../b", ".staging/x", "a/.b", "a\0b", "a\nb"]
)
async def test_a_name_stays_where_names_belong(store: ModuleStore, name: str) -> None:
    with pytest.raises(Malformed, match="can't be the name"):
        await store.keep(name, b"")
    with pytest.raises(Malformed, match="can't be the name"):
        await store.kept(name)
    with pytest.raises(Malformed, match="can't be the name"):
        await store.exchange(name, b"", b"new")


async def test_only_what_is_there_is_exchanged(store: ModuleStore) -> None:
    assert not await store.exchange(NAME, b"old", b"new")
    assert await store.exchange(NAME, b"", b"first")
    assert not await store.exchange(NAME, b"", b"second")
    assert await store.exchange(NAME, b"first", b"third")
    assert await store.kept(NAME) == b"third"


async def test_of_many_at_once_each_exchange_builds_on_the_one_before(store: ModuleStore) -> None:
    async def count() -> None:
        while True:
            try:
                old = await store.kept(NAME)
            except NotFound:
                old = b""
            if await store.exchange(NAME, old, old + b"x"):
                return

    async with anyio.create_task_group() as group:
        for _ in range(12):
            group.start_soon(count)
    assert await store.kept(NAME) == b"x" * 12


async def test_a_volume_that_is_gone_does_not_read_as_nothing_kept(volume: ModuleStore, root: Path) -> None:
    (root / ".staging").rmdir()
    with pytest.raises(Unavailable):
        await volume.kept(NAME)
