"""From a volume to a bucket and back: everything arrives, once, as it was, and what is damaged does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gomod.errors import NotFound, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import Blob, Store, Withdrawal
from gomod_storage.copying import Copied, Outcome, copy_parts, copy_versions
from gomod_storage.open import open_store
from tests.storage.conftest import place
from tests.storage.faulty_link import FaultyLink
from tests.storage.modules import pack, publish, read_zip
from tests.storage.object_servers import ObjectServer

PATH = "git.example.com/Team/lib"
WHY = Withdrawal("wrong", "me", "2026-01-02T03:04:05Z")
PACKED = [pack(PATH, version) for version in ("v1.1.0", "v1.0.0", "v0.0.0-20260102030405-0123456789ab", "v1.2.0-rc.1")]
PACKED += [pack("github.com/Azure/x", "v1.0.0"), pack("a.b/c", "v2.0.0+incompatible")]
PARTED = ModuleVersion("github.com/public/only-read", "v1.0.0")


async def filled(store: Store) -> Store:
    """Six versions, one of them withdrawn, and a part."""
    await store.start()
    for packed in PACKED:
        await publish(store, packed)
    await store.withdraw(PACKED[0].module, WHY)
    await store.keep_part(PARTED, "mod", b"module github.com/public/only-read\n")
    return store


async def copied(source: Store, target: Store) -> dict[ModuleVersion, Outcome]:
    return {each.module: each.outcome async for each in copy_versions(source, target)}


@pytest.fixture(params=["from a volume", "to a volume"])
async def both(request: pytest.FixtureRequest, root: Path) -> tuple[Store, Store]:
    """A store that is filled, and an empty one of the other kind."""
    volume, bucket = open_store(root.as_uri()), open_store(place(request, "seaweed"))
    source, target = (volume, bucket) if request.param == "from a volume" else (bucket, volume)
    await target.start()
    return await filled(source), target


async def test_everything_arrives_and_a_second_run_finds_it_there(both: tuple[Store, Store]) -> None:
    source, target = both
    modules = {packed.module for packed in PACKED}
    assert await copied(source, target) == dict.fromkeys(modules, Outcome.COPIED)
    assert await copy_parts(source, target) == 1
    for packed in PACKED:
        assert (await target.info(packed.module)).data == packed.info
        assert (await target.mod(packed.module)).data == packed.mod
        assert await read_zip(target, packed.module) == packed.zip
        assert await target.recorded(packed.module) == await source.recorded(packed.module)
    assert await target.versions(PATH) == await source.versions(PATH)
    assert await target.withdrawal(PACKED[0].module) == WHY
    assert (await target.part(PARTED, "mod")).data == b"module github.com/public/only-read\n"
    assert await copied(source, target) == dict.fromkeys(modules, Outcome.PRESENT)
    assert await copy_parts(source, target) == 0


async def test_what_is_published_while_it_runs_comes_with_the_next_run(both: tuple[Store, Store]) -> None:
    source, target = both
    late = pack("z.z/late", "v1.0.0")
    async for _ in copy_versions(source, target):
        await publish(source, late)
        await publish(target, pack("z.z/on-the-other-side", "v1.0.0"))
    assert (await copied(source, target)).keys() == {late.module, *(packed.module for packed in PACKED)}
    assert await read_zip(target, late.module) == late.zip


async def test_another_module_of_the_same_name_stays_and_is_told(both: tuple[Store, Store]) -> None:
    source, target = both
    other = pack(PATH, "v1.0.0", "package other\n")
    await publish(target, other)
    refused = [each async for each in copy_versions(source, target) if each.outcome is Outcome.REFUSED]
    assert [each.module for each in refused] == [other.module]
    assert "exists with another zip" in refused[0].reason
    assert await read_zip(target, other.module) == other.zip


async def test_what_is_damaged_where_it_comes_from_does_not_arrive(root: Path, request: pytest.FixtureRequest) -> None:
    source = await filled(open_store(root.as_uri()))
    target = open_store(place(request, "moto"))
    await target.start()
    broken = PACKED[1].module
    swapped = pack(PATH, "v1.0.0", "package swapped\n")
    (root / broken.path / broken.version / "source.zip").write_bytes(swapped.zip)
    refused = [each async for each in copy_versions(source, target) if each.outcome is Outcome.REFUSED]
    assert [each.module for each in refused] == [broken]
    assert "it is damaged where it comes from" in refused[0].reason
    with pytest.raises(NotFound):
        await target.info(broken)


async def test_a_copy_that_reads_back_otherwise_is_told(
    root: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await filled(open_store(root.as_uri()))
    target = open_store(place(request, "moto"))
    await target.start()
    read = target.zip

    async def zip_with_a_flipped_bit(module: ModuleVersion) -> Blob:
        blob = await read(module)

        async def chunks(start: int, stop: int) -> AsyncIterator[bytes]:
            async for chunk in blob.chunks(start, stop):
                yield bytes([chunk[0] ^ 1]) + chunk[1:]

        return Blob(blob.size, blob.modified, blob.etag, chunks)

    monkeypatch.setattr(target, "zip", zip_with_a_flipped_bit)
    outcomes = [each async for each in copy_versions(source, target)]
    assert {each.outcome for each in outcomes} == {Outcome.REFUSED}
    assert "reads back otherwise" in outcomes[0].reason


async def test_a_copy_ends_when_a_store_is_out_of_reach_and_goes_on_later(
    root: Path, request: pytest.FixtureRequest, moto: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await filled(open_store(root.as_uri()))
    url = place(request, "moto")
    with FaultyLink(moto.environment) as link:
        for variable, value in link.environment.items():
            monkeypatch.setenv(variable, value)
        target = open_store(url)
        await target.start()
        done: list[Copied] = []

        async def copy_until_the_link_breaks() -> None:
            async for each in copy_versions(source, target):
                done.append(each)
                link.trouble = lambda _: "503"

        with pytest.raises(Unavailable):
            await copy_until_the_link_breaks()
        assert done
        link.trouble = lambda _: None
        outcomes = await copied(source, target)
    assert {outcomes[each.module] for each in done} == {Outcome.PRESENT}
    assert set(outcomes) == {packed.module for packed in PACKED}
    for packed in PACKED:
        assert await read_zip(target, packed.module) == packed.zip
