"""Whatever zip hypothesis makes: what we take, x/mod takes and reads alike; what we alone refuse is on a list."""

from pathlib import Path

import pytest
from hypothesis import given

from gomod.dirhash import hash_zip
from gomod.errors import InvalidModule, InvalidPath
from gomod.modzip import CheckedZip, check_zip
from gomod.zipdirectory import read_directory
from gomod.zipnames import judge_entries
from tests.gomod.oracle import Answer, Oracle
from tests.gomod.strategies.zips import honest_zips, lying_zips, spoiled_zips
from tests.gomod.test_differential import thoroughly
from tests.gomod.zips import MODULE, write_anew

OURS_ALONE = frozenset(
    [
        "directory-with-data",
        "irregular-file",
        "path-too-long",
        "too-many-files",
        "zip-crc-missing",
        "zip-descriptor",
        "zip-encrypted",
        "zip-flags",
        "zip-layout",
        "zip-slack",
    ]
)
"""The codes of rules that x/mod has not; see docs/publishing.md."""


@pytest.fixture(scope="module")
def path(scratch: Path) -> Path:
    """Where each example writes its zip."""
    return scratch / "some.zip"


def is_taken(answer: Answer) -> bool:
    """Whether all of x/mod takes the zip: CheckZip, Unzip and HashZip."""
    return bool(answer.fields["checked"] and answer.fields["unzipped"] and "h1" in answer.fields)


def ours(path: Path) -> CheckedZip | frozenset[str]:
    """What we make of the zip, or the codes of what is wrong with it."""
    try:
        return check_zip(MODULE, path)
    except InvalidModule as error:
        return frozenset(violation.code for violation in error.violations)


def hashed(path: Path) -> str | None:
    """The h1, None for a name that can't be hashed."""
    try:
        return hash_zip(path)
    except InvalidPath:
        return None


@thoroughly
@given(data=honest_zips)
def test_x_mod_agrees_on_wild_names(oracle: Oracle, path: Path, data: bytes) -> None:
    write_anew(path, data)
    theirs = oracle.ask_one("check_zip", MODULE.path, MODULE.version, str(path))
    with path.open("rb") as file:
        judged = list(judge_entries(MODULE, read_directory(file).entries))
    valid = [entry.name for entry, violation in judged if violation is None and not entry.is_directory]
    assert valid == theirs.fields["valid"]
    assert [entry.name for entry, violation in judged if violation is not None] == theirs.fields["invalid"]
    assert hashed(path) == theirs.fields.get("h1")
    checked = ours(path)
    assert isinstance(checked, CheckedZip) == is_taken(theirs)
    if isinstance(checked, CheckedZip):
        assert checked.h1 == theirs.fields["h1"]
        assert [f"{MODULE}/{file.path}" for file in checked.files] == valid


@thoroughly
@given(data=lying_zips)
def test_what_x_mod_refuses_of_lying_zips_we_refuse(oracle: Oracle, path: Path, data: bytes) -> None:
    agree(oracle, path, data)


@thoroughly
@given(data=spoiled_zips)
def test_what_x_mod_refuses_of_spoiled_zips_we_refuse(oracle: Oracle, path: Path, data: bytes) -> None:
    agree(oracle, path, data)


def agree(oracle: Oracle, path: Path, data: bytes) -> None:
    """Assert that we refuse what x/mod refuses, read alike what both take, and refuse the rest by rules of our own."""
    write_anew(path, data)
    theirs = oracle.ask_one("check_zip", MODULE.path, MODULE.version, str(path))
    checked = ours(path)
    if isinstance(checked, CheckedZip):
        assert is_taken(theirs)
        assert checked.h1 == theirs.fields["h1"]
        assert [f"{MODULE}/{file.path}" for file in checked.files] == theirs.fields["valid"]
    elif is_taken(theirs):
        assert checked <= OURS_ALONE
