"""What every store promises (gomod_storage/store.py), held against each of them."""

import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

import anyio
import pytest

from gomod.errors import AlreadyExists, Malformed, NotFound
from gomod.module import ModuleVersion
from gomod_storage import Hashes, Indexed, ModuleStore, Store, Withdrawal
from gomod_storage.store import CHUNK_BYTES
from tests.storage.modules import check, pack, publish, read_zip

PATH = "git.example.com/team/lib"
LIB = pack(PATH, "v1.0.0")

NAMES = [
    (PATH, "v0.1.0"),
    ("github.com/Azure/SDK", "v1.0.0-RC.1"),
    ("git.example.com/team/lib/v2", "v2.3.4"),
    ("gopkg.in/yaml.v3", "v3.0.1"),
    (PATH, "v3.0.0+incompatible"),
    (PATH, "v0.0.0-20260102030405-0123456789ab"),
    ("golang.org/toolchain", "v0.0.1-go1.21.0.linux-amd64"),
]


@pytest.mark.parametrize(("path", "version"), NAMES)
async def test_a_committed_version_is_read_back_byte_for_byte(store: ModuleStore, path: str, version: str) -> None:
    packed = pack(path, version)
    assert await publish(store, packed) is True
    assert (await store.info(packed.module)).data == packed.info
    assert (await store.mod(packed.module)).data == packed.mod
    assert await read_zip(store, packed.module) == packed.zip
    assert await store.versions(path) == [version]


async def test_other_bytes_for_a_version_are_refused_and_change_nothing(store: ModuleStore) -> None:
    await publish(store, LIB)
    other = pack(PATH, "v1.0.0", "package y\n")
    with pytest.raises(AlreadyExists, match="publish the change as a new version") as refusal:
        await publish(store, other)
    assert refusal.value.stored_h1 != refusal.value.offered_h1
    assert await read_zip(store, LIB.module) == LIB.zip
    assert (await store.info(LIB.module)).data == LIB.info


async def test_what_speaks_against_a_commit_is_known_before_it_and_nothing_is_changed_by_asking(
    store: ModuleStore,
) -> None:
    async with store.stage() as staging:
        release = LIB.write(staging)
        await store.check(release)
        assert await store.versions(PATH) == []
        assert await store.commit(release)
    await check(store, LIB)
    with pytest.raises(AlreadyExists) as checked:
        await check(store, pack(PATH, "v1.0.0", "package y\n"))
    with pytest.raises(AlreadyExists) as committed:
        await publish(store, pack(PATH, "v1.0.0", "package y\n"))
    assert (str(checked.value), vars(checked.value)) == (str(committed.value), vars(committed.value))
    with pytest.raises(Malformed):
        await check(store, pack("no dot", "v1.0.0"))


async def test_the_refusal_names_both_hashes(store: ModuleStore) -> None:
    async with store.stage() as staging:
        stored = LIB.write(staging)
        await store.commit(stored)
    async with store.stage() as staging:
        offered = pack(PATH, "v1.0.0", "package y\n").write(staging)
        with pytest.raises(AlreadyExists) as refusal:
            await store.commit(offered)
    assert (refusal.value.stored_h1, refusal.value.offered_h1) == (stored.h1, offered.h1)
    assert stored.h1 in str(refusal.value)
    assert offered.h1 in str(refusal.value)


async def test_another_go_mod_for_the_same_zip_is_refused_by_its_own_hash(store: ModuleStore) -> None:
    await publish(store, LIB)
    async with store.stage() as staging:
        offered = replace(LIB, mod=b"module git.example.com/team/lib\n").write(staging)
        with pytest.raises(AlreadyExists, match=r"another go\.mod") as refusal:
            await store.commit(offered)
    assert refusal.value.offered_h1 == offered.go_mod_h1


async def test_the_same_module_again_is_success_and_the_first_bytes_stand(store: ModuleStore) -> None:
    packed_otherwise = replace(
        pack(PATH, "v1.0.0", compression=zipfile.ZIP_STORED),
        info=b'{"Version":"v1.0.0","Time":"2026-01-02T03:04:05Z","Origin":{"Ref":"refs/tags/v1.0.0"}}',
    )
    assert packed_otherwise.zip != LIB.zip
    assert await publish(store, LIB) is True
    assert await publish(store, packed_otherwise) is False
    assert await read_zip(store, LIB.module) == LIB.zip
    assert (await store.info(LIB.module)).data == LIB.info


async def test_of_many_writers_at_once_one_wins(store: ModuleStore) -> None:
    offers = [pack(PATH, "v1.0.0", f"package x // {number}\n") for number in range(8)]
    winners = []

    async def offer(number: int) -> None:
        try:
            assert await publish(store, offers[number])
        except AlreadyExists:
            return
        winners.append(number)

    async with anyio.create_task_group() as group:
        for number in range(len(offers)):
            group.start_soon(offer, number)
    assert len(winners) == 1
    assert await read_zip(store, LIB.module) == offers[winners[0]].zip


async def test_of_many_writers_of_the_same_module_one_published_it(store: ModuleStore) -> None:
    answers = []

    async def offer() -> None:
        answers.append(await publish(store, LIB))

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(offer)
    assert sorted(answers) == [False] * 7 + [True]


async def test_versions_are_in_semver_order_and_of_this_module_alone(store: ModuleStore) -> None:
    versions = ["v0.0.0-20260102030405-0123456789ab", "v1.9.0", "v1.10.0-rc.1", "v1.10.0", "v2.0.0+incompatible"]
    for version in reversed(versions):
        await publish(store, pack(PATH, version))
    await publish(store, pack(f"{PATH}/v2", "v2.0.0"))
    await publish(store, pack(f"{PATH}/below", "v1.5.0"))
    assert await store.versions(PATH) == versions
    assert await store.versions(f"{PATH}/v2") == ["v2.0.0"]
    assert await store.versions("git.example.com/team") == []
    assert await store.versions("git.example.com/nobody/nothing") == []


async def test_the_list_follows_each_commit_at_once(store: ModuleStore) -> None:
    seen = []
    for minor in range(5):
        await publish(store, pack(PATH, f"v1.{minor}.0"))
        seen.append(await store.versions(PATH))
    assert seen == [[f"v1.{minor}.0" for minor in range(count + 1)] for count in range(5)]


async def test_what_versions_returned_is_the_callers_own(store: ModuleStore) -> None:
    await publish(store, LIB)
    (await store.versions(PATH)).append("v9.9.9")
    assert await store.versions(PATH) == ["v1.0.0"]


async def test_what_is_absent_is_not_found(store: ModuleStore) -> None:
    await publish(store, LIB)
    absent: list[ModuleVersion] = [
        ModuleVersion(PATH, "v1.0.1"),
        ModuleVersion(f"{PATH}/v2", "v2.0.0"),
        ModuleVersion("git.example.com/Team/lib", "v1.0.0"),
    ]
    for module in absent:
        for read in (store.info, store.mod, store.zip):
            with pytest.raises(NotFound, match=f"{module}: not in the store"):
                await read(module)
        with pytest.raises(NotFound):
            await store.part(module, "mod")


MALFORMED = [
    ("../../etc", "v1.0.0"),
    ("/etc/passwd.d", "v1.0.0"),
    ("git.example.com/../x", "v1.0.0"),
    ("git.example.com/x\0y", "v1.0.0"),
    ("git.example.com/.staging", "v1.0.0"),
    (".staging", "v1.0.0"),
    ("git.example.com/x/@v", "v1.0.0"),
    ("nodot/x", "v1.0.0"),
    ("", "v1.0.0"),
    (PATH, ""),
    (PATH, "v1"),
    (PATH, "v1.0.0/../../x"),
    (PATH, "v1.0.0+meta"),
    (PATH, "v2.0.0"),
    (f"{PATH}/v2", "v1.0.0"),
    (PATH, "master"),
    (PATH, "v1.0.0-" + "a" * 245),
    (PATH, "v1.0.0-" + "A" * 130),
    ("git.example.com/" + "a" * 256, "v1.0.0"),
    ("git.example.com/" + "A" * 130, "v1.0.0"),
    ("git.example.com" + "/abcdefgh" * 500, "v1.0.0"),
]


@pytest.mark.parametrize(("path", "version"), MALFORMED)
async def test_what_can_name_no_stored_version_is_refused_everywhere(
    store: ModuleStore, path: str, version: str
) -> None:
    module = ModuleVersion(path, version)
    operations: list[Callable[[], Awaitable[object]]] = [
        lambda: store.info(module),
        lambda: store.mod(module),
        lambda: store.zip(module),
        lambda: store.part(module, "info"),
        lambda: store.keep_part(module, "mod", b"module x\n"),
        lambda: publish(store, replace(LIB, module=module)),
    ]
    for operation in operations:
        with pytest.raises(Malformed):
            await operation()


@pytest.mark.parametrize("path", ["../x", "", "nodot", "git.example.com/x/", "git.example.com/" + "a" * 256])
async def test_the_versions_of_no_module_path_are_refused(store: ModuleStore, path: str) -> None:
    with pytest.raises(Malformed):
        await store.versions(path)


async def test_the_longest_names_that_fit_are_stored(store: ModuleStore) -> None:
    packed = pack("git.example.com/" + "a" * 255, "v1.0.0-" + "b" * 243)
    assert await publish(store, packed)
    assert (await store.info(packed.module)).data == packed.info
    assert await store.versions(packed.module.path) == [packed.module.version]


async def test_a_zip_is_read_in_small_chunks_from_anywhere(store: ModuleStore) -> None:
    big = pack(PATH, "v1.0.0", "x" * (2 * CHUNK_BYTES + 17), compression=zipfile.ZIP_STORED)
    await publish(store, big)
    blob = await store.zip(big.module)
    assert blob.size == len(big.zip)
    for start, stop in [(0, blob.size), (0, 1), (17, 17), (5, CHUNK_BYTES + 5), (blob.size - 1, blob.size), (3, 9)]:
        chunks = [chunk async for chunk in blob.chunks(start, stop)]
        assert b"".join(chunks) == big.zip[start:stop]
        assert all(0 < len(chunk) <= CHUNK_BYTES for chunk in chunks)


async def test_an_etag_stays_and_belongs_to_its_bytes(store: ModuleStore) -> None:
    next_one = pack(PATH, "v1.0.1")
    assert len(next_one.zip) == len(LIB.zip)
    await publish(store, LIB)
    await publish(store, next_one)
    etag = (await store.zip(LIB.module)).etag
    assert etag == (await store.zip(LIB.module)).etag
    assert etag != (await store.zip(next_one.module)).etag
    assert '"' not in etag


async def test_nothing_is_visible_before_the_commit(store: ModuleStore) -> None:
    async with store.stage() as staging:
        LIB.write(staging)
        assert await store.versions(PATH) == []
        with pytest.raises(NotFound):
            await store.info(LIB.module)


async def test_a_staging_folder_is_gone_after_use_abandonment_failure_and_cancellation(store: ModuleStore) -> None:
    paths = []

    async def fail() -> None:
        async with store.stage() as staging:
            paths.append(staging.path)
            raise ZeroDivisionError

    async with store.stage() as staging:
        paths.append(staging.path)
        await store.commit(LIB.write(staging))
    async with store.stage() as staging:
        paths.append(staging.path)
        LIB.write(staging)
        (staging.path / "something else").write_bytes(b"x")
    with pytest.raises(ZeroDivisionError):
        await fail()
    with anyio.CancelScope() as scope:
        async with store.stage() as staging:
            paths.append(staging.path)
            scope.cancel()
            await anyio.sleep_forever()
    assert len(paths) == 4
    for path in paths:
        assert not path.exists()


async def test_staging_folders_are_private(store: ModuleStore) -> None:
    async with store.stage() as one, store.stage() as other:
        assert one.path != other.path
        one.zip.write_bytes(b"one")
        assert not other.zip.exists()


async def test_a_cancelled_commit_is_wholly_there_or_wholly_absent(store: ModuleStore) -> None:
    with anyio.CancelScope() as scope:
        async with store.stage() as staging:
            release = LIB.write(staging)
            scope.cancel()
            await store.commit(release)
    if await store.versions(PATH):
        assert await read_zip(store, LIB.module) == LIB.zip
    assert await publish(store, LIB) in (True, False)
    assert await read_zip(store, LIB.module) == LIB.zip


async def test_the_first_part_kept_stands(store: ModuleStore) -> None:
    module = LIB.module
    assert (await store.keep_part(module, "mod", b"module first\n")).data == b"module first\n"
    assert (await store.keep_part(module, "mod", b"module second\n")).data == b"module first\n"
    assert (await store.part(module, "mod")).data == b"module first\n"
    with pytest.raises(NotFound):
        await store.part(module, "info")


async def test_a_document_is_that_of_the_version_else_the_part(store: ModuleStore) -> None:
    with pytest.raises(NotFound):
        await store.document(LIB.module, "info")
    await store.keep_part(LIB.module, "info", b"the part")
    assert (await store.document(LIB.module, "info")).data == b"the part"
    with pytest.raises(NotFound):
        await store.document(LIB.module, "mod")
    await publish(store, LIB)
    assert (await store.document(LIB.module, "info")).data == LIB.info
    assert (await store.document(LIB.module, "mod")).data == LIB.mod


async def test_of_many_keepers_of_a_part_all_get_the_same(store: ModuleStore) -> None:
    kept = []

    async def keep(number: int) -> None:
        kept.append((await store.keep_part(LIB.module, "info", b"%d" % number)).data)

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(keep, number)
    assert len(set(kept)) == 1
    assert (await store.part(LIB.module, "info")).data == kept[0]


async def test_parts_are_no_version(store: ModuleStore) -> None:
    await store.keep_part(LIB.module, "info", LIB.info)
    await store.keep_part(LIB.module, "mod", LIB.mod)
    assert await store.versions(PATH) == []
    for read in (store.info, store.mod, store.zip):
        with pytest.raises(NotFound):
            await read(LIB.module)


async def test_parts_stand_in_nobodys_way(store: ModuleStore) -> None:
    await store.keep_part(LIB.module, "info", b"another info")
    await store.keep_part(LIB.module, "mod", b"module other\n")
    assert await publish(store, LIB)
    assert (await store.info(LIB.module)).data == LIB.info
    assert (await store.mod(LIB.module)).data == LIB.mod


async def test_a_store_that_works_is_ready_and_starts_as_often_as_asked(store: ModuleStore) -> None:
    await store.ready()
    await publish(store, LIB)
    await store.start()
    await store.ready()
    assert await store.versions(PATH) == ["v1.0.0"]


ALL = [("a.b/c", "v1.2.0"), ("a.b/c", "v1.10.0"), ("a.b/c/v2", "v2.0.0"), ("a.b/c-d", "v1.0.0"), ("x.y/z", "v0.1.0")]


@pytest.mark.parametrize("size", [1, 2, 5, 6])
async def test_pages_of_the_catalog_and_of_the_index_lose_and_repeat_nothing(store: ModuleStore, size: int) -> None:
    published = [pack(path, version) for path, version in reversed(ALL)]
    for packed in published:
        await publish(store, packed)
    listed: list[ModuleVersion] = []
    while page := await store.catalog(listed[-1] if listed else None, size):
        assert len(page) <= size
        listed += page
    assert len(listed) == len(ALL)
    # Module by module; in what order these come is the store's own business.
    by_module = {path: [each.version for each in group] for path, group in groupby(listed, key=attrgetter("path"))}
    assert by_module == {path: [version for each, version in ALL if each == path] for path, _ in ALL}
    indexed: list[Indexed] = []
    while entries := await store.index(indexed[-1].time if indexed else None, size):
        assert len(entries) <= size
        indexed += entries
    assert [entry.module for entry in indexed] == [packed.module for packed in published]
    assert indexed == sorted(indexed, key=lambda entry: entry.time)


async def test_what_is_withdrawn_fills_no_page_of_the_catalog_or_the_index(store: ModuleStore) -> None:
    for path, version in ALL:
        await publish(store, pack(path, version))
    for path, version in ALL[:-1]:
        await store.withdraw(ModuleVersion(path, version), Withdrawal("wrong", "me", "2026-01-02T03:04:05Z"))
    last = ModuleVersion(*ALL[-1])
    assert await store.catalog(None, 1) == [last]
    assert [entry.module for entry in await store.index(None, 1)] == [last]
    await store.reinstate(ModuleVersion(*ALL[0]))
    assert sorted(await store.catalog(None, 9)) == [ModuleVersion(*ALL[0]), last]


async def test_who_looks_after_a_store_sees_withdrawn_versions_too(store: Store) -> None:
    for path, version in ALL:
        await publish(store, pack(path, version))
    await store.withdraw(ModuleVersion(*ALL[2]), Withdrawal("wrong", "me", "2026-01-02T03:04:05Z"))
    seen: list[ModuleVersion] = []
    while page := await store.stored(seen[-1] if seen else None, 2):
        seen += page
    assert sorted(seen) == sorted(ModuleVersion(path, version) for path, version in ALL)


async def test_what_a_version_hashed_to_when_it_was_committed_is_on_record(store: Store) -> None:
    async with store.stage() as staging:
        release = LIB.write(staging)
        await store.commit(release)
    assert await store.recorded(LIB.module) == Hashes(release.h1, release.go_mod_h1)
    with pytest.raises(NotFound):
        await store.recorded(ModuleVersion(PATH, "v1.0.1"))


async def test_parts_are_in_neither_the_catalog_nor_the_index(store: ModuleStore) -> None:
    await store.keep_part(LIB.module, "info", LIB.info)
    assert await store.catalog(None, 1) == []
    assert await store.index(None, 1) == []
