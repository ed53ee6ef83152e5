"""Making zips: the same bytes for the same files, and nothing left behind when it fails."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from gomod.errors import InvalidModule, Unavailable
from gomod.limits import MAX_PARSED_GO_MOD
from gomod.modpack import create, create_from_dir
from gomod.module import ModuleVersion
from gomod.modzip import check_zip
from tests.gomod.strategies.trees import TreeFile
from tests.gomod.zips import MODULE


def tree_file(path: str, data: bytes = b"", *, size: int | None = None) -> TreeFile:
    """A file that tells its size, or another one."""
    return TreeFile(path, "file", len(data) if size is None else size, data)


@dataclass(frozen=True, slots=True)
class Unreadable(TreeFile):
    """A file on a broken disk."""

    def open(self) -> BinaryIO:
        """Fails."""
        raise PermissionError("the disk is broken")


def test_the_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    files = [tree_file("go.mod", b"module a.b/c\n"), tree_file("x.go", b"package c\n" * 1000)]
    for name in ("one.zip", "two.zip"):
        create(tmp_path / name, MODULE, files)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert check_zip(MODULE, tmp_path / "one.zip").go_mod == b"module a.b/c\n"


def test_an_empty_file_and_an_empty_module_are_packed(tmp_path: Path) -> None:
    create(tmp_path / "one.zip", MODULE, [tree_file("x.go")])
    assert [file.size for file in check_zip(MODULE, tmp_path / "one.zip").files] == [0]
    create(tmp_path / "none.zip", MODULE, [])
    assert check_zip(MODULE, tmp_path / "none.zip").files == ()


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    (tmp_path / "tree/.git").mkdir(parents=True)
    (tmp_path / "tree/sub").mkdir()
    (tmp_path / "tree/sub/go.mod").write_text("module a.b/c/sub\n")
    (tmp_path / "tree/vendor/x").mkdir(parents=True)
    (tmp_path / "tree/vendor/x/x.go").write_text("package x\n")
    (tmp_path / "tree/link").symlink_to("x.go")
    (tmp_path / "tree/x.go").write_text("package c\n")
    selection = create_from_dir(tmp_path / "x.zip", MODULE, tmp_path / "tree")
    assert [file.path for file in selection.kept] == ["x.go"]
    assert {omission.path: omission.reason for omission in selection.omitted} == {
        ".git": "version control",
        "sub": "in another module",
        "vendor/x/x.go": "in a vendor folder",
        "link": "not a regular file",
    }


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([tree_file("con.go")], "path-invalid"),
        ([tree_file("../x")], "path-invalid"),
        ([tree_file("a"), tree_file("A")], "path-collision"),
        ([tree_file("Go.mod")], "go-mod-case"),
        ([tree_file("x", size=501 << 20)], "content-too-large"),
        ([tree_file("LICENSE", size=17 << 20)], "license-too-large"),
        ([tree_file("x", b"1234", size=3)], "file-changed"),
        ([tree_file("x", b"1234", size=5)], "file-changed"),
        ([tree_file("go.mod", b"\n" * (MAX_PARSED_GO_MOD + 1))], "go-mod-too-large"),
    ],
)
def test_a_refusal_names_the_rule_and_leaves_nothing_behind(tmp_path: Path, files: list[TreeFile], code: str) -> None:
    with pytest.raises(InvalidModule) as caught:
        create(tmp_path / "x.zip", MODULE, files)
    assert [violation.code for violation in caught.value.violations] == [code]
    assert list(tmp_path.iterdir()) == []


def test_no_zip_is_made_for_a_version_that_can_not_be(tmp_path: Path) -> None:
    with pytest.raises(InvalidModule, match="should be v2"):
        create(tmp_path / "x.zip", ModuleVersion("a.b/c/v2", "v1.0.0"), [])
    assert list(tmp_path.iterdir()) == []


def test_what_can_not_be_read_or_written_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="the disk is broken"):
        create(tmp_path / "x.zip", MODULE, [Unreadable("x.go", "file", 1, b"x")])
    with pytest.raises(Unavailable):
        create(tmp_path / "nowhere/x.zip", MODULE, [tree_file("x.go", b"x")])
    with pytest.raises(Unavailable):
        create_from_dir(tmp_path / "x.zip", MODULE, tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_is_streamed(tmp_path: Path) -> None:
    reads: list[int] = []

    class Reluctant(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            reads.append(-1 if size is None else size)
            return super().read(size)

    class Large(TreeFile):
        def open(self) -> BinaryIO:
            return Reluctant(self.data)

    create(tmp_path / "x.zip", MODULE, [Large("x.bin", "file", 3 << 20, bytes(3 << 20))])
    assert 0 < min(reads) <= max(reads) <= 1 << 20
