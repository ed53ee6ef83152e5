"""Checking a module's zip: what a sound one yields, and every rule of names and sizes."""

from pathlib import Path

import pytest

from gomod.errors import InvalidModule, Unavailable
from gomod.limits import MAX_GO_MOD, MAX_LICENSE, MAX_ZIP_FILE
from gomod.module import ModuleVersion
from gomod.modzip import CheckedFile, check_zip
from tests.gomod.oracle import Oracle
from tests.gomod.zips import DIRECTORY, MODULE, PREFIX, STORED, Member, module_zip, violation_codes, zipped

GO_MOD = Member(PREFIX + b"go.mod", b"module a.b/c\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test writes its zip."""
    return tmp_path / "some.zip"


def test_a_sound_zip_yields_its_hash_its_go_mod_and_its_files(path: Path, oracle: Oracle) -> None:
    members = [GO_MOD, Member(PREFIX + b"d/", b"", STORED, 0, DIRECTORY), Member(PREFIX + b"d/x.go", b"package d\n")]
    path.write_bytes(zipped(members))
    checked = check_zip(MODULE, path)
    assert (
        checked.h1 == "h1:tYYQztI3hVGPEbMdm2y9WJZqU9QutC0icTXKw8oyqRI=" == oracle.ask_one("hash_zip", str(path)).value
    )
    assert checked.go_mod == b"module a.b/c\n"
    assert checked.files == (CheckedFile("go.mod", 13), CheckedFile("d/x.go", 10))


def test_a_module_may_have_no_go_mod(path: Path) -> None:
    module_zip(path, str(MODULE), {"x.go": b"package c\n"})
    assert check_zip(MODULE, path).go_mod is None


@pytest.mark.parametrize(
    ("module", "code"),
    [
        (ModuleVersion("nodot/c", "v1.0.0"), "module-path"),
        (ModuleVersion("a.b/c", "latest"), "module-version"),
        (ModuleVersion("a.b/c", "v1.0"), "module-version"),
        (ModuleVersion("a.b/c", "v1.0.0+meta"), "module-version"),
        (ModuleVersion("a.b/c/v2", "v1.0.0"), "module-version"),
        (ModuleVersion("a.b/d", "v1.0.0"), "path-prefix"),
    ],
)
def test_a_zip_is_of_one_module_only(path: Path, module: ModuleVersion, code: str) -> None:
    module_zip(path, str(MODULE), {"go.mod": b"module a.b/c\n"})
    assert violation_codes(path, module) == {code}


def test_every_violation_is_reported_and_not_just_the_first(path: Path) -> None:
    path.write_bytes(
        zipped(
            [
                GO_MOD,
                Member(PREFIX + b"sub/go.mod"),
                Member(PREFIX + b"con.txt"),
                Member(PREFIX + b"A.go"),
                Member(PREFIX + b"a.go"),
                Member(b"elsewhere/x.go"),
                Member(PREFIX + b"link", attributes=0o120777 << 16),
                Member(PREFIX + b"broken", b"x", central={"crc": 1}, local={"crc": 1}),
            ]
        )
    )
    assert violation_codes(path) == {
        "go-mod-nested", "path-invalid", "path-collision", "path-prefix", "irregular-file", "zip-content",
    }  # fmt: skip


def test_of_many_violations_a_hundred_are_shown(path: Path) -> None:
    path.write_bytes(zipped([Member(b"elsewhere/%d" % number) for number in range(250)]))
    with pytest.raises(InvalidModule) as caught:
        check_zip(MODULE, path)
    assert len(caught.value.violations) == 101
    assert caught.value.violations[-1].message == "and 150 more"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (b"a\x00b", "path-invalid"),
        (b"a\\b", "path-invalid"),
        (b"..", "path-invalid"),
        (b"../x", "path-invalid"),
        (b"a/../../x", "path-invalid"),
        (b"/etc/passwd", "path-invalid"),
        (b"a//b", "path-invalid"),
        (b"./a", "path-invalid"),
        (b"a.", "path-invalid"),
        (b"\xff", "path-invalid"),
        (b"\xed\xa0\x80", "path-invalid"),
        ("e\u0301".encode(), "path-invalid"),
        ("\U0001f600".encode(), "path-invalid"),
        (b"NUL", "path-invalid"),
        (b"lpt1.go", "path-invalid"),
        (b"a:b", "path-invalid"),
        (b"GO.MOD", "go-mod-case"),
        (b"x/Go.Mod", "go-mod-nested"),
        (b"x" * 256, "path-too-long"),
        (b"x/" * 600, "path-too-long"),
    ],
)
def test_a_file_with_such_a_name_is_refused(path: Path, name: bytes, code: str) -> None:
    path.write_bytes(zipped([Member(PREFIX + name)]))
    assert violation_codes(path) == {code}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a", "a"),
        ("a.go", "A.go"),
        ("a/x", "A/y"),
        ("a", "a/b"),
        ("a/b", "A"),
        ("k", "\u212a"),  # the sign for Kelvin
        ("s", "\u017f"),  # the long s
        ("\u00df", "\u1e9e"),
        ("\u03c3", "\u03c2"),
    ],
)
def test_names_that_some_file_system_takes_for_the_same_are_refused(path: Path, first: str, second: str) -> None:
    path.write_bytes(zipped([Member(PREFIX + name.encode()) for name in (first, second)]))
    assert violation_codes(path) == {"path-collision"}


def test_names_that_only_full_case_folding_takes_for_the_same_stand_beside_each_other(path: Path) -> None:
    module_zip(path, str(MODULE), dict.fromkeys(("\u00df", "ss", "\u0130", "i", "\u0131", "\ufb01", "fi"), b""))
    assert len(check_zip(MODULE, path).files) == 7


@pytest.mark.parametrize(("name", "limit", "code"), [
    ("go.mod", MAX_GO_MOD, "go-mod-too-large"),
    ("LICENSE", MAX_LICENSE, "license-too-large"),
    ("x.go", MAX_ZIP_FILE, "content-too-large"),
])  # fmt: skip
def test_sizes_are_limited_as_in_x_mod(path: Path, oracle: Oracle, name: str, limit: int, code: str) -> None:
    path.write_bytes(
        zipped([Member(PREFIX + name.encode(), b"", central={"size": limit + 1}, local={"size": limit + 1})])
    )
    assert code in violation_codes(path)
    theirs = oracle.ask_one("check_zip", MODULE.path, MODULE.version, str(path)).fields
    assert not theirs["checked"]
    path.write_bytes(zipped([Member(PREFIX + name.encode(), b"", central={"size": limit}, local={"size": limit})]))
    assert violation_codes(path) == {"zip-content"}
    assert oracle.ask_one("check_zip", MODULE.path, MODULE.version, str(path)).fields["checked"]


def test_a_zip_file_over_the_limit_is_not_even_opened(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_ZIP_FILE + 1)
    assert violation_codes(path) == {"zip-too-large"}


def test_what_can_not_be_read_is_unavailable_and_not_invalid(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        check_zip(MODULE, tmp_path / "nowhere.zip")
    with pytest.raises(Unavailable):
        check_zip(MODULE, tmp_path)
