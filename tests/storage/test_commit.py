"""What a commit meets only on a bad day: an answer that got lost, a rival in the middle of it."""

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gomod.errors import AlreadyExists, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import removal, repair, scrub, sums, version_folder
from gomod_storage.commit import commit
from gomod_storage.pace import at_once
from gomod_storage.places import Places
from gomod_storage.staging import hold
from gomod_storage.sums import Sums
from tests.storage.checks import assert_not_projected, assert_projected, assert_tidy, files_of, stored
from tests.storage.modules import Packed, pack

LIB = pack("git.example.com/lib", "v1.0.0")
OTHER = pack("git.example.com/lib", "v1.0.0", "package other\n")


@pytest.fixture
def places(root: Path) -> Places:
    places = Places(root)
    repair.start(places)
    return places


def publish(places: Places, packed: Packed) -> bool:
    with hold(places) as staging:
        return commit(places, packed.write(staging))


@pytest.mark.parametrize("answer", [errno.ENOENT, errno.EIO, errno.ENOTEMPTY])
def test_a_rename_that_was_done_is_a_commit_whatever_the_answer_to_it(
    places: Places, monkeypatch: pytest.MonkeyPatch, answer: int
) -> None:
    # As an NFS client may see it: the server renamed, its answer got lost, and the request was sent again.
    rename = Path.rename

    def rename_and_lose_the_answer(source: Path, target: Path) -> Path:
        rename(source, target)
        if target.name == LIB.module.version:
            raise OSError(answer, os.strerror(answer))
        return target

    monkeypatch.setattr(Path, "rename", rename_and_lose_the_answer)
    assert publish(places, LIB) is True
    assert_projected(places.root, LIB)
    assert_tidy(places.root)


def test_a_rename_that_was_not_done_is_no_commit(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refuse(source: Path, target: Path) -> Path:
        if target.name == LIB.module.version:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(OSError, match="Input/output error"):
            publish(places, LIB)
    assert stored(places.root, LIB) is None
    assert_not_projected(places.root, LIB)
    assert_tidy(places.root)
    assert publish(places, LIB) is True


def test_a_rival_who_commits_while_a_torn_version_is_cleared_away_keeps_its_files(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    (LIB.write_as_athens(places.root) / "v1.0.0.info").unlink()
    scandir = os.scandir
    rivals = iter([OTHER])

    def scandir_late(folder: int | Path) -> Iterator[os.DirEntry[str]]:
        # The torn version was looked at, and what it holds is about to be deleted.
        if isinstance(folder, int):
            for rival in rivals:
                assert publish(places, rival) is True
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", scandir_late)
    with pytest.raises(AlreadyExists):
        publish(places, LIB)
    assert stored(places.root, OTHER) == files_of(OTHER)
    assert_projected(places.root, OTHER)
    assert_tidy(places.root)


def test_whoever_keeps_writing_a_torn_version_is_not_fought_for_ever(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = LIB.write_as_athens(places.root)
    (folder / "v1.0.0.info").unlink()
    unlink = os.unlink

    def unlink_in_vain(name: str, *, dir_fd: int | None = None) -> None:
        unlink(name, dir_fd=dir_fd)
        if dir_fd is not None and name == "go.mod":
            (folder / name).write_bytes(LIB.mod)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", unlink_in_vain)
        with pytest.raises(Unavailable, match="somebody else keeps writing this version"):
            publish(places, LIB)
    assert publish(places, LIB) is True


@pytest.mark.parametrize("is_back", [False, True])
def test_who_committed_is_told_so_though_the_version_is_taken_away_while_it_is_projected(
    places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_back: bool
) -> None:
    link, grave, folder = os.link, tmp_path / "grave", places.version(LIB.module)

    def link_late(source: Path, target: Path) -> None:
        # A remover takes no lock that projecting takes before its rename; whoever brings the version back, neither.
        if source.parent == folder and not grave.exists():
            folder.rename(grave)
            if is_back:
                shutil.copytree(grave, folder)
        link(source, target)

    monkeypatch.setattr(os, "link", link_late)
    assert publish(places, LIB) is True
    assert_tidy(places.root)
    if is_back:
        assert_projected(places.root, LIB)
    else:
        removal.unproject(places, LIB.module)  # as the remover does when he gets the lock
        assert_not_projected(places.root, LIB)


@pytest.mark.parametrize("newcomer", [OTHER, replace(LIB, info=LIB.info.replace(b"03:04:05", b"13:14:15"))])
def test_who_is_overtaken_by_a_remover_and_a_newcomer_leaves_the_newcomers_hashes_on_record(
    places: Places, monkeypatch: pytest.MonkeyPatch, newcomer: Packed
) -> None:
    put = sums.put
    newcomers = iter([newcomer])

    def put_late(places: Places, module: ModuleVersion, hashes: Sums) -> None:
        for packed in newcomers:
            assert removal.cull(places, module, version_folder.standing(places.version(module)), "unused")
            assert publish(places, packed) is True
        put(places, module, hashes)

    monkeypatch.setattr(sums, "put", put_late)
    assert publish(places, LIB) is True
    assert [finding for _, finding in scrub.scrub(places, at_once)] == [None]
    assert publish(places, newcomer) is False
    assert stored(places.root, newcomer) == files_of(newcomer)
