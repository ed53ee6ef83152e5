"""What of a tree goes into a module's zip, and the h1 of that, are what x/mod says."""

import shutil
from pathlib import Path

from hypothesis import given

from gomod.dirhash import hash_dir, hash_zip
from gomod.errors import InvalidModule, InvalidPath, Unavailable
from gomod.modzip import create, create_from_dir, list_directory, select_files
from tests.gomod.oracle import Oracle
from tests.gomod.strategies.trees import TreeFile, good_trees, lay_out, trees
from tests.gomod.test_differential import thoroughly
from tests.gomod.zips import MODULE


def targets(folder: Path) -> tuple[Path, Path]:
    """Where to write our zip and x/mod's: new files, since replacing one makes a file system sync it."""
    mine, other = folder / "ours.zip", folder / "theirs.zip"
    mine.unlink(missing_ok=True)
    other.unlink(missing_ok=True)
    return mine, other


@thoroughly
@given(files=trees)
def test_x_mod_agrees_on_selecting_files(oracle: Oracle, files: list[TreeFile]) -> None:
    theirs = oracle.ask_one("check_files", [file.as_call() for file in files]).fields
    ours = select_files(files)
    assert [file.path for file in ours.kept] == theirs["valid"]
    assert [omission.path for omission in ours.omitted] == theirs["omitted"]
    assert [path for path, _ in ours.invalid] == theirs["invalid"]
    assert ours.too_large == theirs["too_large"]


@thoroughly
@given(files=good_trees)
def test_x_mod_agrees_on_packing_files(oracle: Oracle, scratch: Path, files: list[TreeFile]) -> None:
    mine, other = targets(scratch)
    theirs = oracle.ask_one("create", MODULE.path, MODULE.version, str(other), [file.as_call() for file in files])
    assert packed(mine, files) == theirs.value
    if theirs.ok:
        checked = oracle.ask_one("check_zip", MODULE.path, MODULE.version, str(mine)).fields
        assert checked["unzipped"]
        assert checked["h1"] == theirs.value


def packed(target: Path, files: list[TreeFile]) -> str | None:
    """The h1 of the zip that we make, None when we refuse."""
    try:
        create(target, MODULE, files)
    except InvalidModule:
        return None
    return hash_zip(target)


@thoroughly
@given(files=trees)
def test_x_mod_agrees_on_packing_a_directory(oracle: Oracle, scratch: Path, files: list[TreeFile]) -> None:
    tree = scratch / "tree"
    tree.mkdir()
    try:
        lay_out(files, tree)
        compare_directories(oracle, tree)
    finally:
        shutil.rmtree(tree)


def compare_directories(oracle: Oracle, tree: Path) -> None:
    """Assert that x/mod and we see the same in a directory, pack the same, and hash it alike."""
    mine, other = targets(tree.parent)
    checked, made, hashed = oracle.ask(
        ("check_dir", str(tree)),
        ("create_from_dir", MODULE.path, MODULE.version, str(tree), str(other)),
        ("hash_dir", str(tree), str(MODULE)),
    )
    files, omitted = list_directory(tree)
    selection = select_files(files)
    assert [file.path for file in selection.kept] == checked.fields["valid"]
    assert [omission.path for omission in [*selection.omitted, *omitted]] == checked.fields["omitted"]
    assert [path for path, _ in selection.invalid] == checked.fields["invalid"]
    assert packed_directory(mine, tree) == made.value
    assert hashed_directory(tree) == hashed.value


def packed_directory(target: Path, tree: Path) -> str | None:
    """The h1 of the zip that we make of a directory, None when we refuse."""
    try:
        create_from_dir(target, MODULE, tree)
    except InvalidModule:
        return None
    return hash_zip(target)


def hashed_directory(tree: Path) -> str | None:
    """The h1 of a directory, None when it has dangling links or names that can't be hashed."""
    try:
        return hash_dir(tree, str(MODULE))
    except (InvalidPath, Unavailable):
        return None
