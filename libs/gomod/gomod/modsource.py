"""Which files of a source tree belong into its module's zip (zip.CheckFiles)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO, Literal, Protocol

from gomod.collisions import PathCollisions
from gomod.errors import InvalidGoMod, InvalidPath, Violation
from gomod.limits import MAX_GO_MOD, MAX_LICENSE, MAX_PARSED_GO_MOD, MAX_ZIP_FILE
from gomod.modfile import parse_lax
from gomod.module import check_file_path
from gomod.sourcepaths import folders_above, is_clean, is_vendored
from gomod.unicode import fold
from gomod.zipdirectory import refuse

FileKind = Literal["file", "directory", "symlink", "irregular"]

VENDORED = "in a vendor folder"
OTHER_MODULE = "in another module"
IRREGULAR = "not a regular file"


class SourceFile(Protocol):
    """A file that may go into a zip, wherever it comes from: a directory, a git tree."""

    @property
    def path(self) -> str:
        """Relative to the module's root, with slashes."""
        ...

    @property
    def kind(self) -> FileKind:
        """Only files are packed; the others are left out."""
        ...

    @property
    def size(self) -> int:
        """Bytes, before it is opened."""
        ...

    def open(self) -> BinaryIO:
        """The contents, to be closed by the caller. Asked for files only."""
        ...


@dataclass(frozen=True, slots=True)
class Omission:
    """A file that is left out, as a module's zip never has it, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Selection:
    """What a zip of some files would have, leave out and must not have."""

    kept: list[SourceFile] = field(default_factory=list)
    omitted: list[Omission] = field(default_factory=list)
    invalid: list[tuple[str, Violation]] = field(default_factory=list)  # by path
    too_large: bool = False  # all together


def select_files(files: Iterable[SourceFile]) -> Selection:
    """Sort out the files: what is in another module, vendored or irregular is left out, a bad name is a violation.

    Opens no file but the root's go.mod, whose go version says what counts as vendored; when that is absurdly large it
    raises InvalidModule.
    """
    every = list(files)
    selector = _Selector(every)
    for file in every:
        selector.add(file)
    return selector.selection


class _Selector:
    def __init__(self, files: list[SourceFile]) -> None:
        self.selection = Selection()
        self._faulted: set[str] = set()  # paths that are omitted or invalid already: x/mod names each once
        self._collisions = PathCollisions()
        self._room = MAX_ZIP_FILE
        self._go = ""
        self._modules: set[str] = set()  # folders with a go.mod of their own
        for file in files:
            parent, _, base = file.path.rpartition("/")
            if fold(base) == "go.mod" and file.kind == "file":
                self._modules.add(parent)
                if file.path == "go.mod":
                    self._go = go_version(file)

    def add(self, file: SourceFile) -> None:
        if reason := self._omission(file):
            self._omit(file.path, reason)
        elif violation := self._violation(file):
            self._refuse(file.path, violation)
        elif file.kind != "file":
            self._omit(file.path, IRREGULAR)
        elif violation := self._size_violation(file):
            self._refuse(file.path, violation)
        else:
            self.selection.kept.append(file)

    def _omission(self, file: SourceFile) -> str:
        if not is_clean(file.path) or file.path.startswith("/"):
            return ""  # an invalid path, wherever it leads
        if is_vendored(file.path, self._go):
            return VENDORED
        if any(parent in self._modules for parent in folders_above(file.path)):
            return OTHER_MODULE
        if file.path == ".hg_archival.txt":
            return "made by hg archive"
        return ""

    def _violation(self, file: SourceFile) -> Violation | None:
        path = file.path
        try:
            check_file_path(path)
        except InvalidPath as error:
            return Violation("path-invalid", str(error))
        if path != "go.mod" and path.lower() == "go.mod":
            return Violation("go-mod-case", f"{path!r} must be named go.mod, in lower case")
        if collision := self._collisions.add(path, is_directory=file.kind == "directory"):
            return Violation("path-collision", collision)
        return None

    def _size_violation(self, file: SourceFile) -> Violation | None:
        if 0 <= file.size <= self._room:
            self._room -= file.size
        else:
            self.selection.too_large = True
        if file.path == "go.mod" and file.size > MAX_GO_MOD:
            return Violation("go-mod-too-large", f"go.mod has {file.size} bytes; {MAX_GO_MOD} are allowed")
        if file.path == "LICENSE" and file.size > MAX_LICENSE:
            return Violation("license-too-large", f"LICENSE has {file.size} bytes; {MAX_LICENSE} are allowed")
        return None

    def _omit(self, path: str, reason: str) -> None:
        if path not in self._faulted:
            self._faulted.add(path)
            self.selection.omitted.append(Omission(path, reason))

    def _refuse(self, path: str, violation: Violation) -> None:
        if path not in self._faulted:
            self._faulted.add(path)
            self.selection.invalid.append((path, violation))


def go_version(file: SourceFile) -> str:
    """What the go.mod says behind "go"; empty when it says nothing or can't be read as one."""
    with file.open() as opened:
        data = opened.read(MAX_PARSED_GO_MOD + 1)
    if len(data) > MAX_PARSED_GO_MOD:
        refuse("go-mod-too-large", f"go.mod has more than {MAX_PARSED_GO_MOD} bytes, and is not read")
    try:
        return parse_lax(data).go
    except InvalidGoMod:
        return ""
