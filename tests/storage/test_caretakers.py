"""What looks after a store does the same whatever it stands on: scrub, notes of use, retention."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gomod.errors import AlreadyExists, Damaged, NotFound
from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import PartKind, Store, Withdrawal
from gomod_storage.caretaker import Caretaker
from gomod_storage.examine import Finding
from gomod_storage.open import open_caretaker
from gomod_storage.pace import Rate, at_once
from gomod_storage.retention import Stored, Verdict, is_used
from gomod_storage.used import REMEMBERED_DAYS, Usage, Used
from tests.storage.modules import Packed, pack, publish, read_zip
from tests.storage.rot import spoil, spoil_part

OURS = pack("git.example.com/Team/lib", "v1.0.0", "package x // as it was\n" * 50)
PSEUDO = pack("git.example.com/Team/lib", "v1.0.1-0.20260101000000-abcdefabcdef")
THEIRS = pack("github.com/Azure/x", "v1.2.0")
PARTED = ModuleVersion("github.com/Azure/x", "v1.3.0")
ALL = (OURS, PSEUDO, THEIRS)
KINDS: tuple[Kind, ...] = ("zip", "mod", "info")
PART_KINDS: tuple[PartKind, ...] = ("mod", "info")
TODAY = datetime.now(UTC).date()


def is_own(path: str) -> bool:
    return path.startswith("git.example.com/")


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
async def stocked(store: Store) -> Store:
    """A store with a release and a pseudo-version of ours, and with one version of somebody else's."""
    for packed in ALL:
        await publish(store, packed)
    return store


async def find(caretaker: Caretaker) -> list[Finding]:
    return [finding async for _, finding in caretaker.scrub(at_once) if finding is not None]


async def mend(caretaker: Caretaker) -> list[str]:
    return [await caretaker.mend((finding.module, finding), is_own) for finding in await find(caretaker)]


@pytest.mark.usefixtures("stocked")
async def test_what_is_sound_is_not_found_fault_with(caretaker: Caretaker) -> None:
    assert [seen async for seen in caretaker.scrub(at_once)] == [(packed.module, None) for packed in ALL]
    assert [module async for module, _ in caretaker.scrub(at_once, OURS.module)] == [PSEUDO.module, THEIRS.module]
    assert await caretaker.lost() == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_a_bit_that_flipped_in_a_version_of_ours_is_found_and_reaches_nobody(
    stocked: Store, caretaker: Caretaker, url: str, kind: Kind
) -> None:
    spoil(url, OURS, kind)
    (finding,) = await find(caretaker)
    assert (finding.module, finding.problem) == (OURS.module, "damaged")
    assert await mend(caretaker) == ["out of service until the same content is published again"]
    for read in (stocked.info, stocked.mod, stocked.zip):
        with pytest.raises(Damaged, match="damaged and was taken out of service"):
            await read(OURS.module)
    # It is known to exist: a list without it would move everybody's @latest back.
    assert await stocked.versions(OURS.module.path) == [OURS.module.version, PSEUDO.module.version]
    assert await caretaker.lost() == 1
    assert await find(caretaker) == []  # what is known is not found anew


@pytest.mark.parametrize("kind", KINDS)
async def test_a_bit_that_flipped_in_a_public_version_makes_it_absent_so_that_it_is_fetched_again(
    stocked: Store, caretaker: Caretaker, url: str, kind: Kind
) -> None:
    spoil(url, THEIRS, kind)
    assert await mend(caretaker) == ["out of service; the next request fetches it again"]
    for read in (stocked.info, stocked.mod, stocked.zip):
        with pytest.raises(NotFound):
            await read(THEIRS.module)
    assert await stocked.versions(THEIRS.module.path) == []
    assert await caretaker.lost() == 0


@pytest.mark.parametrize("packed", [OURS, THEIRS])
async def test_it_comes_back_with_the_same_content_alone(
    stocked: Store, caretaker: Caretaker, url: str, packed: Packed
) -> None:
    spoil(url, packed, "zip")
    await mend(caretaker)
    with pytest.raises(AlreadyExists):
        await publish(stocked, pack(packed.module.path, packed.module.version, "package other\n"))
    assert await publish(stocked, packed) is True
    assert await read_zip(stocked, packed.module) == packed.zip
    assert packed.module.version in await stocked.versions(packed.module.path)
    assert await find(caretaker) == []
    assert await caretaker.lost() == 0


async def test_what_came_back_after_it_was_judged_stays(stocked: Store, caretaker: Caretaker, url: str) -> None:
    spoil(url, THEIRS, "zip")
    (judged,) = await find(caretaker)
    await mend(caretaker)
    await publish(stocked, THEIRS)
    assert await caretaker.mend((THEIRS.module, judged), is_own) == "found in order when it was read again"
    assert await read_zip(stocked, THEIRS.module) == THEIRS.zip


async def test_a_withdrawn_version_is_scrubbed_as_well(stocked: Store, caretaker: Caretaker, url: str) -> None:
    await stocked.withdraw(OURS.module, Withdrawal("why", "who", "2026-11-24T00:00:00Z"))
    assert await find(caretaker) == []
    spoil(url, OURS, "zip")
    assert [finding.module for finding in await find(caretaker)] == [OURS.module]


@pytest.mark.parametrize("kind", PART_KINDS)
async def test_a_single_file_that_rotted_goes_and_can_be_kept_again(
    stocked: Store, caretaker: Caretaker, url: str, kind: PartKind
) -> None:
    data = b"module github.com/Azure/x\n"
    await stocked.keep_part(PARTED, kind, data)
    assert await find(caretaker) == []
    spoil_part(url, PARTED, kind)
    (finding,) = await find(caretaker)
    assert (finding.module, finding.problem, finding.part) == (PARTED, "damaged", kind)
    assert await mend(caretaker) == ["deleted; the next request fetches it again"]
    with pytest.raises(NotFound):
        await stocked.part(PARTED, kind)
    assert (await stocked.keep_part(PARTED, kind, data)).data == data
    assert await find(caretaker) == []


@pytest.mark.usefixtures("stocked")
async def test_reading_keeps_to_its_rate(caretaker: Caretaker) -> None:
    waited: list[float] = []
    rate = Rate(1000, waited.append)
    assert [finding async for _, finding in caretaker.scrub(rate) if finding] == []
    assert waited[-1] > 0.9 * sum(len(packed.zip) for packed in ALL) / 1000


@pytest.mark.usefixtures("store")
async def test_one_at_a_time_has_the_turn(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gomod_storage.object_caretaker._PATIENCE", 0.2)
    first, second = open_caretaker(url), open_caretaker(url)
    async with first.turn("scrub") as is_mine:
        assert is_mine
        async with second.turn("scrub") as is_its, second.turn("other") as other:
            assert (is_its, other) == (False, True)
    async with second.turn("scrub") as is_its:
        assert is_its


@pytest.mark.usefixtures("store")
async def test_what_was_used_is_read_back_by_another_process(url: str, caretaker: Caretaker) -> None:
    assert await caretaker.usage() == Usage({}, frozenset())
    replicas = [Used(open_caretaker(url).note_use) for _ in range(2)]
    replicas[0].note(OURS.module)
    for replica in replicas:
        await replica.write()
    replicas[0].note(PSEUDO.module)
    replicas[1].note(THEIRS.module)
    for replica in replicas:
        await replica.write()
    assert await caretaker.usage() == Usage({packed.module: TODAY for packed in ALL}, frozenset({TODAY}))


@pytest.mark.usefixtures("store")
async def test_that_nothing_was_used_is_an_observation_too(url: str, caretaker: Caretaker) -> None:
    await Used(open_caretaker(url).note_use).write()
    assert (await caretaker.usage()).observed == {TODAY}


@pytest.mark.usefixtures("store")
async def test_merging_keeps_what_is_known_but_for_what_is_very_long_ago(url: str, caretaker: Caretaker) -> None:
    for days in range(8):
        for replica in (open_caretaker(url), open_caretaker(url)):
            await replica.note_use(ago(days), [OURS.module] if days in (4, 6) else [])
    before = await caretaker.usage()
    await caretaker.merge_usage()
    assert await caretaker.usage() == before == Usage({OURS.module: ago(4)}, frozenset(map(ago, range(8))))
    await open_caretaker(url).note_use(ago(REMEMBERED_DAYS + 1), [THEIRS.module])
    await caretaker.merge_usage()
    assert await caretaker.usage() == before


async def stock(caretaker: Caretaker) -> dict[ModuleVersion, Stored]:
    return {each.module: each async for each in caretaker.stock(is_own, TODAY)}


async def cull(caretaker: Caretaker, packed: Packed) -> str:
    return await caretaker.cull(Verdict((await stock(caretaker))[packed.module], cull=True, reason="unused"))


async def test_all_that_stands_is_counted(stocked: Store, caretaker: Caretaker, url: str) -> None:
    await stocked.withdraw(OURS.module, Withdrawal("why", "who", "2026-11-24T00:00:00Z"))
    await stocked.keep_part(PARTED, "mod", b"module github.com/Azure/x\n")
    taken = await stock(caretaker)
    assert {module: (each.own, each.withdrawn, each.kind) for module, each in taken.items()} == {
        OURS.module: (True, True, "release"),
        PSEUDO.module: (True, False, "pseudo"),
        THEIRS.module: (False, False, "public"),
    }
    assert taken[THEIRS.module].bytes == len(THEIRS.zip) + len(THEIRS.mod) + len(THEIRS.info)
    assert taken[THEIRS.module].last_used == TODAY
    spoil(url, THEIRS, "mod")
    await mend(caretaker)
    assert THEIRS.module not in await stock(caretaker)


async def test_a_culled_version_is_gone_for_every_reader_and_its_name_stays_taken(
    stocked: Store, caretaker: Caretaker
) -> None:
    assert await cull(caretaker, PSEUDO) == ""
    for read in (stocked.info, stocked.mod, stocked.zip, stocked.recorded):
        with pytest.raises(NotFound):
            await read(PSEUDO.module)
    assert await stocked.versions(PSEUDO.module.path) == [OURS.module.version]
    assert sorted(entry.module for entry in await stocked.index(None, 9)) == [OURS.module, THEIRS.module]
    assert PSEUDO.module not in await stock(caretaker)
    assert await find(caretaker) == []
    assert await caretaker.lost() == 0
    with pytest.raises(AlreadyExists):
        await publish(stocked, pack(PSEUDO.module.path, PSEUDO.module.version, "package other\n"))
    assert await publish(stocked, PSEUDO) is True
    assert await read_zip(stocked, PSEUDO.module) == PSEUDO.zip


async def test_who_reads_a_culled_version_reads_it_to_its_end(stocked: Store, caretaker: Caretaker) -> None:
    blob = await stocked.zip(THEIRS.module)
    await cull(caretaker, THEIRS)
    assert [orphan async for orphan in caretaker.sweep(delete=True)] == []
    assert await whole(blob.chunks(0, blob.size)) == THEIRS.zip


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def test_what_was_withdrawn_after_the_verdict_is_not_culled(stocked: Store, caretaker: Caretaker) -> None:
    verdict = Verdict((await stock(caretaker))[PSEUDO.module], cull=True, reason="unused")
    await stocked.withdraw(PSEUDO.module, Withdrawal("why", "who", "2026-11-24T00:00:00Z"))
    assert await caretaker.cull(verdict) == "it was withdrawn meanwhile"
    assert await read_zip(stocked, PSEUDO.module) == PSEUDO.zip
    await stocked.reinstate(PSEUDO.module)
    assert await caretaker.cull(verdict) == ""


@pytest.mark.usefixtures("stocked")
async def test_what_was_used_after_the_verdict_is_known(caretaker: Caretaker, url: str) -> None:
    long_unused = replace((await stock(caretaker))[THEIRS.module], last_used=ago(30))
    await open_caretaker(url).note_use(ago(2), [THEIRS.module])
    recent = await caretaker.recent_usage()
    assert (recent.last, recent.observed) == ({}, frozenset())
    await open_caretaker(url).note_use(ago(0), [THEIRS.module])
    assert is_used(long_unused, await caretaker.recent_usage())
    assert not is_used(long_unused, recent)


async def test_what_came_anew_after_the_verdict_is_not_culled(stocked: Store, caretaker: Caretaker) -> None:
    verdict = Verdict((await stock(caretaker))[THEIRS.module], cull=True, reason="unused")
    assert await caretaker.cull(verdict) == ""
    await publish(stocked, THEIRS)
    assert await caretaker.cull(verdict) == "it was replaced meanwhile"
    assert await read_zip(stocked, THEIRS.module) == THEIRS.zip
