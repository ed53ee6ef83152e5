"""What a loss of power may not undo is synced in time: the order of the system calls of a commit, seen by strace.

No machine here can lose its power at will, so this is the evidence there is: what is synced before what.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from gomod_storage import durable
from gomod_storage.places import Places
from tests.storage import strace
from tests.storage.strace import Call
from tests.storage.test_crash import Scene, identical, nothing


@pytest.fixture(autouse=True)
def _strace() -> None:
    strace.require()


class Order:
    """The calls of one commit, and where in their order they stand."""

    def __init__(self, folder: Path, prepare: Callable[[Path], None]) -> None:
        self.calls = Scene(folder, "commit", prepare).calls()
        self.root = folder / "baseline"

    def last(self, name: str, path: str) -> int:
        """The place of the last such call on a path that ends like this."""
        return self._found(name, path)[-1]

    def first(self, name: str, path: str) -> int:
        """The place of the first such call on a path that ends like this."""
        return self._found(name, path)[0]

    def _found(self, name: str, path: str) -> list[int]:
        found = [place for place, call in enumerate(self.calls) if call.name == name and _names(call, path)]
        assert found, f"no {name} of {path}"
        return found


def _names(call: Call, path: str) -> bool:
    return not call.result.startswith("-") and any(named.endswith(path) for named in call.paths)


MODULE = "/baseline/git.example.com/Team/lib"
PROJECTION = "/baseline/git.example.com/!team/lib/@v"
COMMIT = ("rename", f"{MODULE}/v1.0.0")


def test_all_of_a_version_is_synced_before_the_rename_that_commits_it(tmp_path: Path) -> None:
    order = Order(tmp_path, nothing)
    committed = order.first(*COMMIT)
    folder = str(Path(order.calls[committed].paths[0]))
    for final in ("/source.zip", "/go.mod", "/v1.0.0.info"):
        assert order.last("chmod", folder + final) < order.last("fsync", folder + final)
        assert order.last("fsync", folder + final) < order.last("fsync", folder) < committed
    assert order.first("rename", "/v1.0.0.info") < order.last("fsync", folder)


@pytest.mark.parametrize("folder", [MODULE, PROJECTION])
def test_every_folder_above_a_version_is_synced_after_its_parent_got_it(tmp_path: Path, folder: str) -> None:
    order = Order(tmp_path, nothing)
    committed = order.first(*COMMIT)
    child = Path(folder)
    while child.name != "baseline":
        made = order.first("mkdir", str(child))
        assert [
            place
            for place, call in enumerate(order.calls)
            if made < place < committed and call.name == "fsync" and _names(call, str(child.parent))
        ], f"{child.parent} is not synced between mkdir of {child.name} and the commit"
        child = child.parent


def test_the_note_of_a_commit_is_synced_before_it(tmp_path: Path) -> None:
    order = Order(tmp_path, nothing)
    written = order.first("fsync", ".lock")
    assert order.calls[written - 1].name == "write"
    assert written < order.first("fsync", "/.staging") < order.first(*COMMIT)


def test_the_rename_is_synced_before_anything_follows_from_it(tmp_path: Path) -> None:
    order = Order(tmp_path, nothing)
    committed = order.first(*COMMIT)
    following = [call.name for call in order.calls[committed + 1 : committed + 3]]
    assert following == ["openat", "fsync"]
    assert order.last("fsync", MODULE) == committed + 2


def test_the_projection_is_synced_before_the_note_is_struck(tmp_path: Path) -> None:
    order = Order(tmp_path, nothing)
    placed = [order.first("link", f"{PROJECTION}/{name}") for name in ("v1.0.0.zip", "v1.0.0.mod", "v1.0.0.info")]
    placed.append(order.first("rename", f"{PROJECTION}/list"))
    assert placed == sorted(placed)
    written = order.calls[placed[-1]].paths[0]
    assert order.first("write", written) < order.first("fsync", written) < placed[-1]
    assert placed[-1] < order.last("fsync", PROJECTION) < order.first("truncate", ".lock")


def test_the_projection_is_written_by_one_at_a_time(tmp_path: Path) -> None:
    order = Order(tmp_path, nothing)
    lock = Places(order.root).projection_lock("git.example.com/Team/lib")
    held = order.first("flock", str(lock))
    assert order.first(*COMMIT) < held < order.first("link", f"{PROJECTION}/v1.0.0.zip")


def test_an_identical_upload_syncs_all_of_it_again(tmp_path: Path) -> None:
    order = Order(tmp_path, identical)
    version = f"{MODULE}/v1.0.0"
    refused = next(place for place, call in enumerate(order.calls) if call.name == "rename" and call.result == "-1")
    for path in ("/source.zip", "/go.mod", "/v1.0.0.info"):
        assert order.first("fsync", version + path) > refused
    for path in (version, MODULE, PROJECTION):
        assert order.last("fsync", path) > refused
    for path in ("/git.example.com/Team", "/git.example.com", "/baseline"):
        assert order.first("fsync", path)


def test_a_process_syncs_the_folders_above_once_and_one_that_is_made_anew_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(durable, "sync", synced.append)
    folder = tmp_path / "a/b"
    durable.make_folders(tmp_path, folder)
    durable.sync_parents(tmp_path, folder)
    durable.make_folders(tmp_path, folder / "c")
    durable.sync_parents(tmp_path, folder / "c")
    durable.sync_entry(tmp_path, folder / "file")
    assert synced == [tmp_path, tmp_path / "a", folder, folder]
    folder.joinpath("c").rmdir()
    folder.rmdir()
    durable.make_folders(tmp_path, folder)
    durable.sync_parents(tmp_path, folder)
    assert synced[4:] == [tmp_path / "a"]
