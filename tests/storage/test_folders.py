"""The names of folders: read again when they may have changed, and not before."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from gomod_storage import folders as module
from gomod_storage.folders import Folders

LONG_AGO = 1_600_000_000


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / "a.b" / name).mkdir(parents=True)
    os.utime(root / "a.b", (LONG_AGO, LONG_AGO))


def names(folders: Folders, first: str = "") -> Sequence[str]:
    return folders.inside(["a.b"]).since(first)


def test_names_are_sorted_without_ours_files_and_the_projection(tmp_path: Path) -> None:
    make(tmp_path, "z", "m", "@v", ".ours", "!azure")
    (tmp_path / "a.b" / "file").touch()
    folders = Folders(tmp_path)
    assert list(names(folders)) == ["m", "z"]
    assert list(names(folders, "m")) == ["m", "z"]
    assert list(names(folders, "ma")) == ["z"]


def test_a_settled_folder_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "m")
    folders = Folders(tmp_path)
    names(folders)
    monkeypatch.delattr(os, "scandir")
    assert list(names(folders)) == ["m"]


def test_a_folder_that_changed_is_read_again(tmp_path: Path) -> None:
    make(tmp_path, "m")
    folders = Folders(tmp_path)
    names(folders)
    (tmp_path / "a.b" / "n").mkdir()
    assert list(names(folders)) == ["m", "n"]
    (tmp_path / "a.b" / "o").mkdir()  # so soon that the clock may not have ticked
    assert list(names(folders)) == ["m", "n", "o"]


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED_NAMES", 3)
    for top in ("a.b", "c.d"):
        (tmp_path / top / "m").mkdir(parents=True)
        os.utime(tmp_path / top, (LONG_AGO, LONG_AGO))
    folders = Folders(tmp_path)
    for top in ("a.b", "c.d"):
        folders.inside([top])
    monkeypatch.delattr(os, "scandir")
    assert folders.inside(["c.d"]).names == ("m",)
    with pytest.raises(AttributeError):
        folders.inside(["a.b"])
