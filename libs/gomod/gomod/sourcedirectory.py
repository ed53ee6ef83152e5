"""The files of a module that lies in a directory (zip.CheckDir)."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gomod.errors import Unavailable
from gomod.modsource import IRREGULAR, OTHER_MODULE, VENDORED, FileKind, Omission, SourceFile, go_version
from gomod.sourcepaths import is_vendored

_VCS_FOLDERS = frozenset([".bzr", ".git", ".hg", ".svn"])


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    """A file of a directory on disk."""

    path: str
    kind: FileKind
    size: int
    location: Path

    def open(self) -> BinaryIO:
        """The file's contents."""
        return self.location.open("rb")


def list_directory(directory: Path) -> tuple[list[SourceFile], list[Omission]]:
    """The files below a directory, in the order of their names, and what `select_files` need not see.

    That is VCS folders, nested modules and what is no regular file. Raises Unavailable.
    """
    files: list[SourceFile] = []
    omitted: list[Omission] = []
    try:
        go = go_version(DirectoryFile("go.mod", "file", 0, directory / "go.mod"))
    except OSError:
        go = ""  # none, or none that can be read: if it is to be packed, packing says so
    try:
        pending = _children(directory, "")
        while pending:
            path, entry = pending.pop()
            is_directory = entry.is_dir(follow_symlinks=False)
            if is_vendored(path, go):
                omitted.append(Omission(path, VENDORED))
            elif is_directory and entry.name in _VCS_FOLDERS:
                omitted.append(Omission(path, "version control"))
                continue
            elif is_directory and _is_module(Path(entry.path)):
                omitted.append(Omission(path, OTHER_MODULE))
                continue
            elif entry.is_file(follow_symlinks=False):
                files.append(DirectoryFile(path, "file", entry.stat(follow_symlinks=False).st_size, Path(entry.path)))
            elif not is_directory:
                omitted.append(Omission(path, IRREGULAR))
            if is_directory:
                pending += _children(Path(entry.path), f"{path}/")
    except OSError as error:
        raise Unavailable(f"{directory} can't be read: {error}") from error
    return files, omitted


def _children(directory: Path, prefix: str) -> list[tuple[str, os.DirEntry[str]]]:
    """What stands in a directory, last name first."""
    with os.scandir(directory) as entries:
        ordered = sorted(entries, key=lambda entry: os.fsencode(entry.name), reverse=True)
    return [(prefix + entry.name, entry) for entry in ordered]


def _is_module(directory: Path) -> bool:
    try:
        return not stat.S_ISDIR((directory / "go.mod").lstat().st_mode)
    except FileNotFoundError:
        return False
