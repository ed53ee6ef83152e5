"""The zip of a module: checking one that somebody made, in a single pass over its bytes (zip.CheckZip, zip.Unzip)."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gomod.dirhash import hash1_of_digests
from gomod.errors import InvalidModule, Unavailable, Violation
from gomod.limits import CHUNK_BYTES, MAX_GO_MOD, MAX_LICENSE, MAX_ZIP_FILE
from gomod.modpack import create, create_from_dir
from gomod.modsource import FileKind, Selection, SourceFile, select_files
from gomod.module import ModuleVersion
from gomod.sourcedirectory import list_directory
from gomod.violations import invalid_module
from gomod.zipcontents import read_contents
from gomod.zipdirectory import read_directory, refuse
from gomod.zipnames import check_module, judge_entries

# x/mod keeps all of these in one package, and so do we for whoever uses them.
__all__ = [
    "MAX_GO_MOD",
    "MAX_LICENSE",
    "MAX_ZIP_FILE",
    "CheckedFile",
    "CheckedZip",
    "FileKind",
    "Selection",
    "SourceFile",
    "check_zip",
    "create",
    "create_from_dir",
    "list_directory",
    "select_files",
]


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file of a module."""

    path: str  # relative to the module's root
    size: int  # bytes, unpacked


@dataclass(frozen=True, slots=True)
class CheckedZip:
    """A zip that is the module's: every name allowed, every byte read and what it claims to be."""

    module: ModuleVersion
    h1: str  # as go.sum writes it
    go_mod: bytes | None  # None when there is none: the module's .mod is then made up
    files: tuple[CheckedFile, ...]  # without directories


def check_zip(module: ModuleVersion, zip_path: Path) -> CheckedZip:
    """Read the zip once and hold it to every rule, x/mod's and our own for hostile archives.

    Time is bounded by the size limits, memory by `limits`; nothing is unpacked to disk. Raises InvalidModule with
    every violation found (at most a hundred of them, then how many more), and Unavailable when the file can't be read.
    """
    check_module(module)
    try:
        with zip_path.open("rb", buffering=CHUNK_BYTES) as file:
            return _check(module, file)
    except OSError as error:
        raise Unavailable(f"the zip of {module} can't be read: {error}") from error


def _check(module: ModuleVersion, file: BinaryIO) -> CheckedZip:
    zip_size = os.fstat(file.fileno()).st_size
    if zip_size > MAX_ZIP_FILE:
        refuse("zip-too-large", f"the zip has {zip_size} bytes; {MAX_ZIP_FILE} are allowed")
    directory = read_directory(file)
    violations: list[Violation] = []
    files: list[CheckedFile] = []
    prefix = f"{module}/"
    for entry, violation in judge_entries(module, directory.entries):
        if violation is not None:
            violations.append(violation)
        elif not entry.is_directory:
            files.append(CheckedFile(entry.name.removeprefix(prefix), entry.size))
    if directory.unpacked_size > MAX_ZIP_FILE:
        violations.append(Violation("content-too-large", f"the zip's files have more than {MAX_ZIP_FILE} bytes"))
        raise invalid_module(violations)
    digests: list[tuple[str, str]] = []
    go_mod = None
    try:
        for content in read_contents(file, directory, keep=f"{prefix}go.mod"):
            if content.violation is not None:
                violations.append(content.violation)
            digests.append((content.entry.name, content.sha256))
            if content.entry.name == f"{prefix}go.mod":
                go_mod = content.data
    except InvalidModule as error:
        raise invalid_module([*violations, *error.violations]) from error
    if violations:
        raise invalid_module(violations)
    return CheckedZip(module, hash1_of_digests(digests), go_mod, tuple(files))
