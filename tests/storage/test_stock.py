"""Versions are counted, and deleted whole: their names stay taken, and whoever reads one reads on."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gomod.errors import AlreadyExists, NotFound
from gomod_storage import ModuleStore, Store, Withdrawal, stock, sums, version_folder
from gomod_storage.copying import Outcome, copy_versions
from gomod_storage.open import open_store
from gomod_storage.places import Places
from gomod_storage.retention import Stored, Verdict
from tests.storage.checks import assert_not_projected, assert_projected, assert_tidy
from tests.storage.modules import Packed, pack, publish, read_zip

OURS = pack("git.example.com/Team/lib", "v0.0.0-20260101000000-abcdefabcdef")
KEPT = pack("git.example.com/Team/lib", "v1.0.0")
THEIRS = pack("github.com/Azure/x", "v1.2.0")
TODAY = datetime.now(UTC).date()


def take(root: Path) -> dict[str, Stored]:
    taken = stock.take(Places(root), lambda path: path.startswith("git.example.com"), TODAY)
    return {each.module.version: each for each in taken}


def cull(root: Path, packed: Packed) -> str:
    return stock.cull(Places(root), Verdict(take(root)[packed.module.version], cull=True, reason="unused"))


@pytest.fixture
async def stocked(volume: Store) -> Store:
    for packed in (OURS, KEPT, THEIRS):
        await publish(volume, packed)
    return volume


async def test_all_that_stands_is_counted(stocked: ModuleStore, root: Path) -> None:
    await stocked.withdraw(KEPT.module, Withdrawal("why", "who", "2026-11-24T00:00:00Z"))
    taken = take(root)
    assert {version: (each.own, each.withdrawn, each.kind) for version, each in taken.items()} == {
        OURS.module.version: (True, False, "pseudo"),
        "v1.0.0": (True, True, "release"),
        "v1.2.0": (False, False, "public"),
    }
    assert taken["v1.2.0"].bytes == len(THEIRS.zip) + len(THEIRS.mod) + len(THEIRS.info)
    assert taken["v1.2.0"].last_used == TODAY


@pytest.mark.usefixtures("stocked")
async def test_what_goes_while_it_is_counted_is_not_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stands = version_folder.stands

    def stands_no_longer(folder: Path) -> bool:
        stood = stands(folder)
        if folder.name == OURS.module.version:
            shutil.rmtree(folder)
        return stood

    monkeypatch.setattr(version_folder, "stands", stands_no_longer)
    assert set(take(root)) == {"v1.0.0", "v1.2.0"}


@pytest.mark.usefixtures("stocked")
async def test_a_volume_that_goes_away_meanwhile_has_not_been_counted_to_its_end(root: Path) -> None:
    taking = stock.take(Places(root), lambda _: True, TODAY)
    next(taking)
    root.rename(root.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError, match="staging"):
        list(taking)


async def test_a_culled_version_is_gone_for_every_reader(stocked: ModuleStore, root: Path) -> None:
    assert cull(root, OURS) == ""
    with pytest.raises(NotFound):
        await stocked.info(OURS.module)
    assert await stocked.versions(OURS.module.path) == ["v1.0.0"]
    assert Places(root).projected_list(OURS.module.path).read_text() == "v1.0.0\n"
    assert_not_projected(root, OURS)
    assert [entry.module for entry in await stocked.index(None, 9)] == [KEPT.module, THEIRS.module]
    assert_tidy(root)
    assert not list((root / ".quarantine").rglob("*.zip"))


async def test_a_culled_version_is_copied_from_elsewhere_again(stocked: Store, root: Path, tmp_path: Path) -> None:
    cull(root, OURS)
    other = open_store((tmp_path / "other").as_uri())
    await other.start()
    await publish(other, OURS)
    assert [copied.outcome async for copied in copy_versions(other, stocked)] == [Outcome.COPIED]
    assert await read_zip(stocked, OURS.module) == OURS.zip


async def test_a_culled_version_comes_back_with_the_same_content_alone(stocked: ModuleStore, root: Path) -> None:
    cull(root, OURS)
    with pytest.raises(AlreadyExists):
        await publish(stocked, pack(OURS.module.path, OURS.module.version, "package other\n"))
    assert await publish(stocked, OURS) is True
    assert_projected(root, OURS)


async def test_what_athens_stored_is_put_on_record_before_it_goes(volume: ModuleStore, root: Path) -> None:
    THEIRS.write_as_athens(root)
    assert cull(root, THEIRS) == ""
    assert sums.find(Places(root), THEIRS.module) is not None
    with pytest.raises(AlreadyExists):
        await publish(volume, pack(THEIRS.module.path, "v1.2.0", "package other\n"))


@pytest.mark.usefixtures("volume")
async def test_what_can_not_be_put_on_record_stays(root: Path) -> None:
    (THEIRS.write_as_athens(root) / "source.zip").write_bytes(b"no zip")
    assert cull(root, THEIRS).startswith("its hashes can't be put on record")
    assert (root / THEIRS.module.path / "v1.2.0/source.zip").exists()


@pytest.mark.usefixtures("stocked")
async def test_a_version_whose_hashes_on_record_rotted_stays(root: Path) -> None:
    record = root / ".sums/github.com/!azure/x/@v/v1.2.0.sum"
    record.write_bytes(record.read_bytes().replace(b"h1:", b"h1;", 1))
    assert cull(root, THEIRS).startswith("the hashes on record in .sums/github.com")
    assert (root / THEIRS.module.path / "v1.2.0/source.zip").exists()


async def test_a_reader_reads_on(stocked: ModuleStore, root: Path) -> None:
    blob = await stocked.zip(THEIRS.module)
    cull(root, THEIRS)
    assert b"".join([chunk async for chunk in blob.chunks(0, blob.size)]) == THEIRS.zip


async def test_what_came_anew_after_the_verdict_stays(stocked: ModuleStore, root: Path) -> None:
    verdict = Verdict(take(root)["v1.2.0"], cull=True, reason="unused")
    stock.cull(Places(root), verdict)
    await publish(stocked, THEIRS)
    assert stock.cull(Places(root), verdict) == "it was replaced meanwhile"
    assert await read_zip(stocked, THEIRS.module) == THEIRS.zip


@pytest.mark.usefixtures("stocked")
async def test_the_audit_log_has_it(root: Path) -> None:
    cull(root, THEIRS)
    (log,) = (root / ".audit").iterdir()
    assert '"what": "cull"' in log.read_text()
    assert '"reason": "unused"' in log.read_text()
