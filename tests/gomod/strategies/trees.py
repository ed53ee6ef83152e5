"""Source trees, as lists of files and on disk."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from hypothesis import strategies as st

from gomod.gostrings import to_bytes
from gomod.modsource import FileKind
from tests.gomod.strategies.texts import FOLDING, LATE_LETTERS, OTHERS, combined, words


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file that never was on disk; its size may lie."""

    path: str
    kind: FileKind
    size: int
    data: bytes

    def open(self) -> BinaryIO:
        """Its contents."""
        return BytesIO(self.data)

    def as_call(self) -> list[object]:
        """What xmod/ takes for it."""
        return [self.path, self.kind, self.size, self.data]


_PARENTS = words(
    "     a/ A/ vendor/ a/vendor/ vendor/x/ a/vendor/x/ .git/ sub/ sub/deep/ ../ / ./ a// \u212a/ xvendor/"
)
_NAMES = [
    *words(
        "go.mod GO.MOD Go.mod a.go A.go LICENSE license modules.txt .hg_archival.txt a A b sub vendor x con .git .svn"
    ),
    *words(" a. a' \u00e9 e\u0301 k \u017f \udcff x~1 -x .x a:b go.mod/ .bzr .hg"),
    "a\nb",
]
_GO_MODS = [
    f"module a.b/c\n{go}\n".encode()
    for go in (
        "go 1.23.9",
        "go 1.24",
        "",
        "go 1.24rc1",
        "go 1.24.0rc1",
        "go 1.9",
        "go 2.0",
        "toolchain x",
        "go 1.24rc01",
    )
]
_CONTENTS = [b"x", b"", *_GO_MODS, b"go 1.24 (", b"\xff"]
_KINDS: list[FileKind] = ["file", "file", "file", "file", "file", "directory", "symlink", "irregular"]
_SIZES = [0] * 12 + [16 << 20, (16 << 20) + 1, 500 << 20, (500 << 20) + 1, 260 << 20, -1]


def _file(path: str, form: int) -> TreeFile:
    form, kind = divmod(form, len(_KINDS))
    form, content = divmod(form, len(_CONTENTS))
    data = _CONTENTS[content]
    return TreeFile(path, _KINDS[kind], _SIZES[form] or len(data), data)


_go_mod = st.sampled_from(_GO_MODS).map(lambda data: TreeFile("go.mod", "file", len(data), data))
_any_files = st.builds(
    _file, combined(_PARENTS, _NAMES), st.integers(0, len(_KINDS) * len(_CONTENTS) * len(_SIZES) - 1)
)
_odd_files = st.builds(_file, combined(["a"], ["", *LATE_LETTERS, *FOLDING, *OTHERS], ["", "/b"]), st.just(0))
trees = st.lists(st.one_of(_any_files, _any_files, _go_mod, _odd_files), max_size=6)

_good_files = st.builds(
    _file,
    combined(
        words("   a/ vendor/ vendor/x/ a/vendor/ a/vendor/x/ sub/ sub/deep/"),
        words("go.mod a.go b.go LICENSE modules.txt c"),
    ),
    st.sampled_from([len(_KINDS) * content for content in range(len(_CONTENTS))]),
)
good_trees = st.lists(st.one_of(_good_files, _good_files, _go_mod), max_size=6, unique_by=lambda file: file.path)


def honest_tree(files: list[list[str]]) -> list[TreeFile]:
    """The files of a vector: their names and contents."""
    return [TreeFile(name, "file", len(to_bytes(content)), to_bytes(content)) for name, content in files]


def lay_out(files: list[TreeFile], folder: Path) -> None:
    """Write the files that a file system can hold beside each other; the others are left out."""
    for file in files:
        path = folder / file.path
        if file.path.startswith("/") or ".." in file.path or "\x00" in file.path:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            match file.kind:
                case "directory":
                    path.mkdir()
                case "symlink":
                    path.symlink_to("a.go")
                case _:
                    path.write_bytes(file.data)
        except OSError:
            continue
