"""Bits are flipped, and files cut short, deleted and exchanged: the scrub finds it, and nobody gets wrong bytes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gomod.errors import AlreadyExists, Damaged, NotFound, Unavailable
from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import ModuleStore, Withdrawal, gone, scrub, sums, version_folder
from gomod_storage.examine import Finding, examine
from gomod_storage.pace import Rate, at_once
from gomod_storage.places import Places
from tests.storage.checks import assert_projected
from tests.storage.modules import Packed, pack, publish, read_zip

OURS = pack("git.example.com/Team/lib", "v1.0.0", "package x // as it was\n" * 50)
OTHER = pack("git.example.com/Team/lib", "v1.1.0")
THEIRS = pack("github.com/Azure/x", "v1.2.0")
KINDS: tuple[Kind, ...] = ("zip", "mod", "info")

Harm = Callable[[Path], None]


def is_own(path: str) -> bool:
    return path.startswith("git.example.com/")


def find(root: Path) -> list[Finding]:
    return [finding for _, finding in scrub.scrub(Places(root), at_once) if finding is not None]


def problems(root: Path) -> dict[str, str]:
    return {str(finding.module): finding.problem for finding in find(root)}


def mend(root: Path) -> list[str]:
    return [scrub.mend(Places(root), finding, is_own) for finding in find(root)]


def stored_file(root: Path, module: ModuleVersion, kind: Kind) -> Path:
    return Places(root).version(module) / version_folder.file_name(module.version, kind)


def flip(file: Path) -> None:
    """One bit, in the middle, with the times of the file as they were: a disk does not tell."""
    data, times = bytearray(file.read_bytes()), file.stat()
    data[len(data) // 2] ^= 0x10
    with file.open("r+b") as same:  # the same inode: the projection is the same file
        same.write(data)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def delete(file: Path) -> None:
    file.unlink()


@pytest.fixture
async def stocked(volume: ModuleStore) -> ModuleStore:
    """A volume with two versions of ours and one of somebody else's."""
    for packed in (OURS, OTHER, THEIRS):
        await publish(volume, packed)
    return volume


@pytest.mark.usefixtures("stocked")
async def test_what_is_sound_is_not_found_fault_with(root: Path) -> None:
    modules = [module for module, _ in scrub.scrub(Places(root), at_once)]
    assert modules == [OURS.module, OTHER.module, THEIRS.module]
    assert find(root) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("harm", [flip, cut, empty, delete])
async def test_whatever_happens_to_a_file_of_ours_is_found_and_never_served(
    stocked: ModuleStore, root: Path, harm: Harm, kind: Kind
) -> None:
    harm(stored_file(root, OURS.module, kind))
    assert problems(root) == {str(OURS.module): "damaged"}
    assert mend(root) == ["out of service until the same content is published again"]
    for read in (stocked.info, stocked.mod, stocked.zip):
        with pytest.raises(Damaged, match=r"damaged and was taken out of service.*docs/operations\.md"):
            await read(OURS.module)
    # It is known to exist: a list without it would move everybody's @latest back.
    assert await stocked.versions(OURS.module.path) == ["v1.0.0", "v1.1.0"]
    assert not Places(root).projected(OURS.module, "zip").exists()
    assert Places(root).projected_list(OURS.module.path).read_text() == "v1.1.0\n"
    assert find(root) == []  # what is known is not found anew


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("harm", [flip, delete])
async def test_a_damaged_public_version_is_absent_so_that_it_is_fetched_again(
    stocked: ModuleStore, root: Path, harm: Harm, kind: Kind
) -> None:
    harm(stored_file(root, THEIRS.module, kind))
    assert mend(root) == ["out of service; the next request fetches it again"]
    for read in (stocked.info, stocked.mod, stocked.zip):
        with pytest.raises(NotFound):
            await read(THEIRS.module)
    assert await stocked.versions(THEIRS.module.path) == []
    assert [entry.module for entry in await stocked.index(None, 9)] == [OURS.module, OTHER.module]


@pytest.mark.parametrize("packed", [OURS, THEIRS])
async def test_it_comes_back_with_the_same_content_alone(stocked: ModuleStore, root: Path, packed: Packed) -> None:
    flip(stored_file(root, packed.module, "zip"))
    mend(root)
    module = packed.module
    with pytest.raises(AlreadyExists):
        await publish(stocked, pack(module.path, module.version, "package other\n"))
    assert await publish(stocked, packed) is True
    assert await read_zip(stocked, module) == packed.zip
    assert module.version in await stocked.versions(module.path)
    assert_projected(root, packed)  # which looks into the index, too
    assert find(root) == []
    assert not gone.is_marked(Places(root), module)


async def test_a_zip_that_was_packed_anew_may_replace_it(stocked: ModuleStore, root: Path) -> None:
    flip(stored_file(root, THEIRS.module, "zip"))
    mend(root)
    stored = pack(THEIRS.module.path, THEIRS.module.version, compression=0)
    again = Packed(
        stored.module, b'{"Version":"v1.2.0","Time":"2026-01-02T03:04:05Z","Origin":{}}', stored.mod, stored.zip
    )
    assert stored.zip != THEIRS.zip
    assert await publish(stocked, again) is True
    assert find(root) == []
    flip(stored_file(root, THEIRS.module, "info"))
    assert problems(root) == {str(THEIRS.module): "damaged"}


@pytest.mark.usefixtures("stocked")
async def test_the_damaged_files_are_kept_for_whoever_looks_into_it(root: Path) -> None:
    flip(stored_file(root, OURS.module, "mod"))
    damaged = stored_file(root, OURS.module, "mod").read_bytes()
    mend(root)
    mark = gone.read(Places(root), OURS.module, "lost")
    assert "go.mod hashes to h1:" in mark.reason
    assert mark.grave.startswith(".quarantine/git.example.com/!team/lib/@v/v1.0.0~")
    assert (root / mark.grave / "go.mod").read_bytes() == damaged
    assert (root / mark.grave / "source.zip").read_bytes() == OURS.zip


@pytest.mark.parametrize(("packed", "error"), [(OURS, Damaged), (THEIRS, NotFound)])
async def test_a_version_that_vanished_is_missed(
    stocked: ModuleStore, root: Path, packed: Packed, error: type[Exception]
) -> None:
    Places(root).version(packed.module).rename(root.parent / "elsewhere")
    assert problems(root) == {str(packed.module): "missing"}
    mend(root)
    with pytest.raises(error):
        await stocked.mod(packed.module)
    assert find(root) == []


async def test_what_an_nfs_client_leaves_names_no_version(stocked: ModuleStore, root: Path) -> None:
    for folder in (".sums", ".lost"):
        place = root / folder / "git.example.com/!team/lib/@v"
        place.mkdir(parents=True, exist_ok=True)
        (place / ".nfs0000000000c0ffee00000001").touch()
    assert find(root) == []
    assert list(gone.lost(Places(root))) == []
    assert await stocked.versions(OURS.module.path) == ["v1.0.0", "v1.1.0"]


async def test_hashes_that_rotted_themselves_convict_nobody(stocked: ModuleStore, root: Path) -> None:
    """Of a line that can't be understood nothing is believed; what is on record anew is what stands."""
    (root / ".sums/git.example.com/!team/lib/@v/v1.0.0.sum").write_bytes(b"\x00\xff rot")
    assert problems(root) == {str(OURS.module): "unrecorded"}
    assert (await stocked.mod(OURS.module)).data == OURS.mod
    assert mend(root) == ["put on record as it is"]
    assert find(root) == []


async def test_one_flipped_bit_in_hashes_on_record_convicts_nobody(stocked: ModuleStore, root: Path) -> None:
    places = Places(root)
    record = root / ".sums/git.example.com/!team/lib/@v/v1.0.0.sum"
    whole = record.read_bytes()
    for place in range(len(whole)):
        for bit in (1, 4, 16):
            record.write_bytes(bytes([*whole[:place], whole[place] ^ bit, *whole[place + 1 :]]))
            finding = examine(places, OURS.module, at_once)
            if finding is not None:
                assert (finding.problem, scrub.mend(places, finding, is_own)) == ("unreadable", "")
                assert "the hashes on record in .sums/git.example.com/!team/lib/@v/v1.0.0.sum" in finding.detail
    record.write_bytes(whole.replace(b"h1:", b"h1;", 1))
    assert problems(root) == {str(OURS.module): "unreadable"}
    with pytest.raises(Unavailable, match="hashes on record"):
        await publish(stocked, OURS)
    assert (await stocked.mod(OURS.module)).data == OURS.mod
    record.unlink()
    assert mend(root) == ["put on record as it is"]
    assert record.read_bytes() == whole


@pytest.mark.usefixtures("stocked")
async def test_hashes_on_record_from_before_there_were_seals_hold(root: Path) -> None:
    record = root / ".sums/git.example.com/!team/lib/@v/v1.0.0.sum"
    lines = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(line for line in lines if not line.startswith(b"seal ")))
    assert find(root) == []
    flip(stored_file(root, OURS.module, "mod"))
    assert problems(root) == {str(OURS.module): "damaged"}


@pytest.mark.usefixtures("stocked")
async def test_a_projection_of_other_bytes_is_made_anew(root: Path) -> None:
    projected = Places(root).projected(OURS.module, "zip")
    projected.unlink()
    projected.write_bytes(b"other")
    assert problems(root) == {str(OURS.module): "projection"}
    assert mend(root) == ["static readers get the stored bytes again"]
    assert_projected(root, OURS)
    assert find(root) == []


@pytest.mark.usefixtures("stocked")
async def test_a_copy_is_as_good_a_projection_as_a_link(root: Path) -> None:
    projected = Places(root).projected(OURS.module, "zip")
    projected.unlink()
    projected.write_bytes(OURS.zip)
    assert find(root) == []


@pytest.mark.usefixtures("volume")
async def test_what_athens_stored_is_put_on_record_and_watched_from_then_on(root: Path) -> None:
    OURS.write_as_athens(root)
    assert problems(root) == {str(OURS.module): "unrecorded"}
    assert mend(root) == ["put on record as it is"]
    assert sums.read(Places(root), OURS.module).h1.startswith("h1:")
    assert find(root) == []
    flip(stored_file(root, OURS.module, "info"))
    assert problems(root) == {str(OURS.module): "damaged"}


@pytest.mark.usefixtures("volume")
async def test_what_was_never_on_record_is_told_and_left_alone(root: Path) -> None:
    """Nobody knows that it was ever otherwise, and a reader that is less strict than we are may still use it."""
    cut(OURS.write_as_athens(root) / "source.zip")
    (THEIRS.write_as_athens(root) / "go.mod").unlink()
    assert problems(root) == {str(OURS.module): "unsound", str(THEIRS.module): "incomplete"}
    assert mend(root) == ["", ""]
    assert problems(root) == {str(OURS.module): "unsound", str(THEIRS.module): "incomplete"}


async def test_a_withdrawn_version_is_scrubbed_as_well(stocked: ModuleStore, root: Path) -> None:
    await stocked.withdraw(OURS.module, Withdrawal("why", "who", "2026-11-24T00:00:00Z"))
    flip(stored_file(root, OURS.module, "zip"))
    assert problems(root) == {str(OURS.module): "damaged"}
    mend(root)
    assert await stocked.versions(OURS.module.path) == ["v1.1.0"]


async def test_what_was_replaced_while_it_was_judged_stays(stocked: ModuleStore, root: Path) -> None:
    flip(stored_file(root, THEIRS.module, "zip"))
    (judged,) = find(root)
    mend(root)
    await publish(stocked, THEIRS)
    assert scrub.mend(Places(root), judged, is_own) == "found in order when it was read again"
    assert await read_zip(stocked, THEIRS.module) == THEIRS.zip


async def test_a_reader_of_a_version_that_is_taken_away_reads_to_its_end(stocked: ModuleStore, root: Path) -> None:
    blob = await stocked.zip(THEIRS.module)
    flip(stored_file(root, THEIRS.module, "mod"))
    mend(root)
    assert b"".join([chunk async for chunk in blob.chunks(0, blob.size)]) == THEIRS.zip


@pytest.mark.usefixtures("stocked")
async def test_a_scrub_goes_on_where_another_one_stopped(root: Path) -> None:
    rest = [module for module, _ in scrub.scrub(Places(root), at_once, after=OURS.module)]
    assert rest == [OTHER.module, THEIRS.module]


async def test_a_volume_that_is_not_mounted_is_no_empty_one(root: Path) -> None:
    root.mkdir()
    with pytest.raises(FileNotFoundError, match="staging"):
        find(root)


@pytest.mark.usefixtures("stocked")
async def test_a_volume_that_goes_away_meanwhile_has_not_been_read_to_its_end(root: Path) -> None:
    reading = scrub.scrub(Places(root), at_once)
    next(reading)
    root.rename(root.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError, match="staging"):
        list(reading)


async def test_a_path_with_an_element_like_a_version_hides_nothing(volume: ModuleStore, root: Path) -> None:
    inner = pack("git.example.com/Team/lib/v1.0.0/cmd", "v0.1.0")
    inner.write_as_athens(root)
    await publish(volume, OTHER)
    assert problems(root) == {str(inner.module): "unrecorded"}


@pytest.mark.usefixtures("stocked")
async def test_reading_keeps_to_its_rate(root: Path) -> None:
    waited: list[float] = []
    rate = Rate(1000, waited.append)
    assert [finding for _, finding in scrub.scrub(Places(root), rate) if finding] == []
    size = sum(len(packed.zip) + len(packed.mod) + len(packed.info) for packed in (OURS, OTHER, THEIRS))
    assert waited[-1] > 0.9 * size / 1000
