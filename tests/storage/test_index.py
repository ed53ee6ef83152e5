"""The index of a volume: what its file says after crashes, races, wrong clocks and other programs."""

import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from gomod.errors import Unavailable
from gomod_storage import ModuleStore, index, repair
from gomod_storage.open import open_store
from gomod_storage.places import Places
from gomod_storage.staging import hold, note
from tests.storage.modules import pack, publish

PATH = "git.example.com/team/lib"
LIB = pack(PATH, "v1.0.0")


def lines(root: Path) -> list[str]:
    return (root / ".index").read_text().splitlines()


async def indexed(store: ModuleStore) -> list[str]:
    return [str(entry.module) for entry in await store.index(None, 1000)]


async def test_a_line_is_what_the_public_index_says(volume: ModuleStore, root: Path) -> None:
    before = datetime.now(UTC)
    await publish(volume, LIB)
    (line,) = map(json.loads, lines(root))
    assert list(line) == ["Path", "Version", "Timestamp"]
    assert (line["Path"], line["Version"]) == (PATH, "v1.0.0")
    assert line["Timestamp"].endswith("Z")
    assert before <= datetime.fromisoformat(line["Timestamp"]) <= datetime.now(UTC)


async def test_the_same_module_again_is_no_second_line(volume: ModuleStore, root: Path) -> None:
    await publish(volume, LIB)
    await publish(volume, LIB)
    assert len(lines(root)) == 1


async def test_to_find_a_version_that_is_in_it_takes_no_more_memory_than_the_index(
    volume: ModuleStore, root: Path
) -> None:
    await publish(volume, LIB)
    line = (root / ".index").read_bytes()
    others = b"".join(line.replace(b"v1.0.0", b"v0.%d.0" % number) for number in range(20_000))
    (root / ".index").write_bytes(others + line)
    tracemalloc.start()
    try:
        index.add(Places(root), LIB.module)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.2 * len(others)
    assert (root / ".index").read_bytes() == others + line


async def test_what_many_commit_and_read_at_once_is_there_once(volume: ModuleStore, root: Path) -> None:
    others = [open_store(root.as_uri()) for _ in range(4)]

    async def work(store: ModuleStore) -> None:
        for number in range(5):
            packed = pack(PATH, f"v1.{number}.0")
            await publish(store, packed)
            await store.info(packed.module)

    async with anyio.create_task_group() as group:
        for store in others:
            group.start_soon(work, store)
    assert sorted(await indexed(volume)) == [f"{PATH}@v1.{number}.0" for number in range(5)]
    assert len(lines(root)) == 5


async def test_time_goes_on_when_the_clock_goes_back(volume: ModuleStore, root: Path) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    (root / ".index").write_text(
        f'{{"Path":"a.b/c","Version":"v1.0.0","Timestamp":"{tomorrow:%Y-%m-%dT%H:%M:%S.%fZ}"}}\n'
    )
    await publish(volume, LIB)
    assert [str(entry.module) for entry in await volume.index(tomorrow, 10)] == [str(LIB.module)]


async def test_a_version_of_athens_comes_when_it_is_first_read(volume: ModuleStore, root: Path) -> None:
    LIB.write_as_athens(root)
    assert await indexed(volume) == []
    await volume.info(LIB.module)
    await volume.mod(LIB.module)
    assert await indexed(volume) == [str(LIB.module)]


async def test_a_start_adds_what_a_crash_left_out(volume: ModuleStore, root: Path) -> None:
    places = Places(root)
    held = hold(places)
    note(held.staging, LIB.module)
    LIB.write_as_athens(root)  # killed just after the rename
    lock = held.staging.path.with_suffix(".lock")
    text = lock.read_bytes()
    held.release()
    lock.write_bytes(text)
    assert repair.start(places).finished == [LIB.module]
    assert await indexed(volume) == [str(LIB.module)]


async def test_a_line_that_was_cut_short_hides_no_other(volume: ModuleStore, root: Path) -> None:
    await publish(volume, LIB)
    with (root / ".index").open("ab") as file:
        file.write(b'{"Path":"git.exam')
    await publish(volume, pack(PATH, "v1.1.0"))
    entries = await volume.index(None, 10)
    assert [entry.module.version for entry in entries] == ["v1.0.0", "v1.1.0"]
    assert [entry.module.version for entry in await volume.index(entries[0].time, 10)] == ["v1.1.0"]


@pytest.mark.parametrize("followed", [False, True])
async def test_a_line_that_was_cut_short_behind_its_version_is_written_anew(
    volume: ModuleStore, root: Path, followed: bool
) -> None:
    await publish(volume, LIB)
    whole = (root / ".index").read_bytes()
    (root / ".index").write_bytes(whole[:-12])
    if followed:
        await publish(volume, pack(PATH, "v1.1.0"))
    assert await publish(volume, LIB) is False
    assert await publish(volume, LIB) is False
    assert await indexed(volume) == [f"{PATH}@v1.1.0", str(LIB.module)][not followed :]


def test_any_time_finds_all_that_is_later_and_nothing_else(root: Path) -> None:
    places = Places(root)
    repair.start(places)
    for number in range(50):
        index.add(places, pack(f"git.example.com/{'x' * (1 + number % 7)}", f"v1.{number}.0").module)
    entries = index.read(places, None, 1000)
    assert len({entry.time for entry in entries}) == 50
    for place, entry in enumerate(entries):
        assert index.read(places, entry.time, 1000) == entries[place + 1 :]
        assert index.read(places, entry.time - timedelta(microseconds=1), 1) == [entry]
    assert index.read(places, datetime(1970, 1, 1, tzinfo=UTC), 3) == entries[:3]


async def test_a_volume_that_is_gone_is_no_empty_index_or_catalog(volume: ModuleStore, root: Path) -> None:
    (root / ".staging").rename(root.parent / "gone")
    with pytest.raises(Unavailable):
        await volume.index(None, 10)
    with pytest.raises(Unavailable):
        await volume.catalog(None, 10)
