"""Single files that are kept of public versions: one that rotted goes, and comes back as whatever upstream has."""

from pathlib import Path

import pytest

from gomod.errors import NotFound
from gomod_storage import ModuleStore, PartKind, scrub
from gomod_storage.examine import Finding
from gomod_storage.pace import at_once
from gomod_storage.places import Places
from tests.storage.modules import pack, publish

LIB = pack("github.com/Azure/x", "v1.2.0")
OTHER = pack("github.com/Azure/x", "v1.3.0")
KINDS: tuple[PartKind, ...] = ("info", "mod")


def find(root: Path) -> list[Finding]:
    return [finding for _, finding in scrub.scrub(Places(root), at_once) if finding is not None]


def mend(root: Path) -> list[str]:
    return [scrub.mend(Places(root), finding, lambda _: False) for finding in find(root)]


@pytest.fixture
async def stocked(volume: ModuleStore) -> ModuleStore:
    for packed in (LIB, OTHER):
        await volume.keep_part(packed.module, "info", packed.info)
        await volume.keep_part(packed.module, "mod", packed.mod)
    return volume


@pytest.mark.parametrize("kind", KINDS)
async def test_one_that_rotted_is_deleted(stocked: ModuleStore, root: Path, kind: PartKind) -> None:
    assert find(root) == []
    part = Places(root).part(LIB.module, kind)
    part.write_bytes(part.read_bytes() + b" ")
    (finding,) = find(root)
    assert (finding.module, finding.problem) == (LIB.module, "damaged")
    assert mend(root) == ["deleted; the next request fetches it again"]
    with pytest.raises(NotFound):
        await stocked.part(LIB.module, kind)
    await stocked.keep_part(LIB.module, kind, b"module github.com/Azure/x // came later")
    assert find(root) == []


async def test_one_of_before_there_was_a_record_is_put_on_record(stocked: ModuleStore, root: Path) -> None:
    (root / ".sums/github.com/!azure/x/@v/parts").unlink()
    assert {(finding.problem, finding.part) for finding in find(root)} == {
        ("unrecorded", "info"),
        ("unrecorded", "mod"),
    }
    assert mend(root) == ["put on record as it is"] * 4
    assert find(root) == []
    assert (await stocked.part(LIB.module, "mod")).data == LIB.mod


async def test_one_that_the_zip_made_superfluous_is_missed_by_nobody(stocked: ModuleStore, root: Path) -> None:
    await publish(stocked, LIB)
    assert find(root) == []


async def test_one_that_was_kept_first_stays_on_record(stocked: ModuleStore, root: Path) -> None:
    await stocked.keep_part(LIB.module, "mod", b"module github.com/Azure/x // second")
    assert (await stocked.part(LIB.module, "mod")).data == LIB.mod
    assert find(root) == []
