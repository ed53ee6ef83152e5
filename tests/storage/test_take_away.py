"""A damaged version is taken out of service, in every store alike, and comes back as what it was or not at all."""

import pytest

from gomod.errors import AlreadyExists, Damaged, NotFound
from gomod_storage import Store
from gomod_storage.open import open_store
from tests.storage.modules import check, pack, publish, read_zip

PATH = "git.example.com/Team/lib"
LIB, NEXT = pack(PATH, "v1.0.0"), pack(PATH, "v1.1.0")
OTHER = pack(PATH, "v1.0.0", "package other\n")


@pytest.fixture
async def stocked(store: Store) -> Store:
    """A store with two versions."""
    for packed in (LIB, NEXT):
        await publish(store, packed)
    return store


async def indexed(store: Store) -> list[str]:
    return [entry.module.version for entry in await store.index(None, 10)]


async def test_what_is_gone_is_absent_everywhere(stocked: Store) -> None:
    assert await stocked.take_away(LIB.module, "rotten", "gone")
    for read in (stocked.info, stocked.mod, stocked.zip, stocked.recorded):
        with pytest.raises(NotFound):
            await read(LIB.module)
    assert await stocked.versions(PATH) == ["v1.1.0"]
    assert await stocked.catalog(None, 10) == await stocked.stored(None, 10) == [NEXT.module]
    assert await indexed(stocked) == ["v1.1.0"]


async def test_what_is_lost_is_listed_and_reading_it_is_trouble_and_no_absence(stocked: Store) -> None:
    assert await stocked.take_away(LIB.module, "rotten", "lost")
    for read in (stocked.info, stocked.mod, stocked.zip):
        with pytest.raises(Damaged, match="publishing the same content again brings it back"):
            await read(LIB.module)
    assert await stocked.versions(PATH) == ["v1.0.0", "v1.1.0"]


@pytest.mark.parametrize("fate", ["gone", "lost"])
async def test_only_the_same_module_can_come_back(stocked: Store, url: str, fate: str) -> None:
    await stocked.take_away(LIB.module, "rotten", "gone" if fate == "gone" else "lost")
    with pytest.raises(AlreadyExists) as checked:
        await check(stocked, OTHER)
    with pytest.raises(AlreadyExists) as committed:
        await publish(stocked, OTHER)
    assert (str(checked.value), vars(checked.value)) == (str(committed.value), vars(committed.value))
    await check(stocked, LIB)
    with pytest.raises(AlreadyExists):
        await stocked.keep_part(LIB.module, "mod", b"module git.example.com/Team/lib\n\ngo 1.99\n")
    assert await publish(stocked, LIB) is True
    assert await read_zip(stocked, LIB.module) == LIB.zip
    assert (await stocked.info(LIB.module)).data == LIB.info
    await open_store(url).start()
    assert await stocked.versions(PATH) == ["v1.0.0", "v1.1.0"]
    assert await indexed(stocked) == ["v1.0.0", "v1.1.0"]
    assert await publish(stocked, LIB) is False


async def test_what_is_not_there_can_not_be_taken_away(stocked: Store) -> None:
    assert await stocked.take_away(LIB.module, "rotten", "gone")
    with pytest.raises(NotFound):
        await stocked.take_away(OTHER.module, "rotten", "gone")
    with pytest.raises(NotFound):
        await stocked.take_away(pack("a.b/c", "v1.0.0").module, "rotten", "gone")
