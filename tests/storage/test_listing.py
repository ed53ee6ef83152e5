"""Listing from the folders: right at once, cheap when nothing changed, and never more in memory than allowed."""

import os
import shutil
import time
from pathlib import Path

import pytest

from gomod_storage import listing
from gomod_storage.listing import Listings
from gomod_storage.places import Places
from tests.storage.modules import pack

PATH = "git.example.com/lib"


@pytest.fixture
def folder(root: Path) -> Path:
    """A module's folder with one version, last changed long ago."""
    pack(PATH, "v1.0.0").write_as_athens(root)
    age(root / PATH)
    return root / PATH


def age(folder: Path, seconds: float = 3600) -> None:
    """Make the folder look as if it were not changed for a while."""
    changed = time.time() - seconds
    os.utime(folder, (changed, changed))


def test_a_settled_folder_is_read_once(root: Path, folder: Path) -> None:
    listings = Listings(Places(root))
    assert listings.versions(PATH) == ["v1.0.0"]
    before = folder.stat()
    pack(PATH, "v1.1.0").write_as_athens(root)
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert listings.versions(PATH) == ["v1.0.0"], "the folder was read again though nothing says that it changed"
    age(folder, seconds=60)
    assert listings.versions(PATH) == ["v1.0.0", "v1.1.0"]


def test_a_folder_that_changed_just_now_is_read_again(root: Path, folder: Path) -> None:
    listings = Listings(Places(root))
    age(folder, seconds=1)
    before = folder.stat()
    assert listings.versions(PATH) == ["v1.0.0"]
    pack(PATH, "v1.1.0").write_as_athens(root)
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert listings.versions(PATH) == ["v1.0.0", "v1.1.0"]


def test_a_folder_from_the_future_is_not_trusted(root: Path, folder: Path) -> None:
    listings = Listings(Places(root))
    age(folder, seconds=-3600)
    before = folder.stat()
    assert listings.versions(PATH) == ["v1.0.0"]
    pack(PATH, "v1.1.0").write_as_athens(root)
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert listings.versions(PATH) == ["v1.0.0", "v1.1.0"]


def test_another_folder_in_its_place_is_read_anew(root: Path, folder: Path) -> None:
    listings = Listings(Places(root))
    assert listings.versions(PATH) == ["v1.0.0"]
    before = folder.stat()
    folder.rename(root / "away")
    pack(PATH, "v2.0.0+incompatible").write_as_athens(root)
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert listings.versions(PATH) == ["v2.0.0+incompatible"]


def test_a_version_that_was_whole_once_is_not_looked_into_again(root: Path, folder: Path) -> None:
    listings = Listings(Places(root))
    assert listings.versions(PATH) == ["v1.0.0"]
    (folder / "v1.0.0" / "go.mod").unlink()
    pack(PATH, "v1.1.0").write_as_athens(root)
    assert listings.versions(PATH) == ["v1.0.0", "v1.1.0"]
    assert Listings(Places(root)).versions(PATH) == ["v1.1.0"]


def test_a_version_replaced_by_another_folder_is_looked_into(root: Path, folder: Path) -> None:
    listings = Listings(Places(root))
    assert listings.versions(PATH) == ["v1.0.0"]
    (folder / "v1.0.0").rename(root / "away")
    (folder / "v1.0.0").mkdir()
    assert listings.versions(PATH) == []


@pytest.mark.parametrize("missing", ["go.mod", "source.zip", "v1.1.0.info"])
def test_a_torn_version_appears_when_it_is_whole_though_the_modules_folder_does_not_change(
    root: Path, folder: Path, missing: str
) -> None:
    listings = Listings(Places(root))
    late = pack(PATH, "v1.1.0").write_as_athens(root) / missing
    content = late.read_bytes()
    late.unlink()
    age(folder)
    assert listings.versions(PATH) == ["v1.0.0"]
    late.touch()
    assert listings.versions(PATH) == ["v1.0.0"], "an empty file is not whole"
    late.write_bytes(content)
    assert listings.versions(PATH) == ["v1.0.0", "v1.1.0"]


def test_only_folders_named_by_a_version_of_the_path_count(root: Path, folder: Path) -> None:
    for name in ("v1", "v1.2", "v2.0.0", "v1.0.0+meta", "1.0.0", "master", "@v", "v1.0.0.tmp", "V1.4.0"):
        shutil.copytree(folder / "v1.0.0", folder / name)
        (folder / name / "v1.0.0.info").rename(folder / name / f"{name}.info")
    (folder / "v1.5.0").write_text("a file")
    (folder / "v1.6.0").mkdir()
    pack(f"{PATH}/v1.7.0-pre/deeper", "v1.0.0").write_as_athens(root)
    (folder / os.fsdecode(b"v1.8.0-\xff")).mkdir()
    assert Listings(Places(root)).versions(PATH) == ["v1.0.0"]


def test_memory_is_bounded_and_the_least_used_goes_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_REMEMBERED_VERSIONS", 4)
    listings = Listings(Places(root))
    paths = [f"git.example.com/lib{number}" for number in range(3)]
    for path in paths:
        for version in ("v1.0.0", "v1.1.0"):
            pack(path, version).write_as_athens(root)
        age(root / path)

    def is_remembered(path: str) -> bool:
        before = (root / path).stat()
        pack(path, "v1.2.0").write_as_athens(root)
        os.utime(root / path, ns=(before.st_atime_ns, before.st_mtime_ns))
        remembered = listings.versions(path) == ["v1.0.0", "v1.1.0"]
        shutil.rmtree(root / path / "v1.2.0")
        os.utime(root / path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return remembered

    for path in (paths[0], paths[1], paths[0], paths[2]):
        listings.versions(path)
    assert is_remembered(paths[0])
    assert is_remembered(paths[2])
    assert not is_remembered(paths[1])


def test_ten_thousand_versions_are_listed_from_memory_and_a_new_one_costs_no_second_look(root: Path) -> None:
    first = pack(PATH, "v1.0.0").write_as_athens(root)
    for number in range(1, 10_000):
        folder = root / PATH / f"v1.{number}.0"
        folder.mkdir()
        for name, link in (("go.mod", "go.mod"), ("source.zip", "source.zip"), ("v1.0.0.info", f"{folder.name}.info")):
            (folder / link).hardlink_to(first / name)
    age(root / PATH)
    listings = Listings(Places(root))
    cold = seconds_to_list(listings, 10_000)
    warm = min(seconds_to_list(listings, 10_000) for _ in range(5))
    pack(PATH, "v1.10000.0").write_as_athens(root)
    grown = min(seconds_to_list(listings, 10_001) for _ in range(3))
    # Ratios, since a busy machine is slow at all three. Measured on one: 470, 0.03 and 130 ms.
    assert warm < cold / 50
    assert grown < cold / 2


def seconds_to_list(listings: Listings, expected: int) -> float:
    begun = time.perf_counter()
    assert len(listings.versions(PATH)) == expected
    return time.perf_counter() - begun
