"""What may name a module, a package or a file in a module (golang.org/x/mod/module: CheckPath and its kin)."""

import re
from functools import lru_cache
from typing import Literal

from gomod.errors import InvalidPath
from gomod.unicode import is_letter

Kind = Literal["module", "import", "file"]

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Go's strings are bytes. Ours hold a byte that is not UTF-8 as a lone surrogate (errors="surrogateescape")."""

_FIRST_ELEMENT = re.compile(r"[a-z0-9.-]+")
_CHARACTERS: dict[Kind, re.Pattern[str]] = {
    "module": re.compile(r"[A-Za-z0-9\-._~]+"),
    "import": re.compile(r"[A-Za-z0-9\-._~+]+"),
    "file": re.compile(r"[A-Za-z0-9!#$%&()+,\-.=@\[\]^_{}~ ]+"),
}

_WINDOWS_DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))]
)
_WINDOWS_SHORT_NAME = re.compile(r".*~[0-9]+", re.DOTALL)

_MAJOR_SUFFIX = re.compile(r"(.*)(/v([0-9.]+))", re.DOTALL)
_GOPKG_SUFFIX = re.compile(r"(.*)(\.v([0-9]*)(-unstable)?)", re.DOTALL)


@lru_cache(maxsize=1024)  # one request asks it of the same path a dozen times
def check_path(path: str) -> None:
    """Raise InvalidPath unless `path` can name a module (module.CheckPath)."""
    _check(path, "module")
    first, _, _ = path.partition("/")
    if "." not in first:
        raise InvalidPath("module", path, "missing dot in first path element")
    if not _FIRST_ELEMENT.fullmatch(first):
        raise InvalidPath("module", path, "invalid char in first path element: only a-z, 0-9, dot and dash")
    split_path_version(path)


def check_import_path(path: str) -> None:
    """Raise InvalidPath unless `path` can name a package (module.CheckImportPath)."""
    _check(path, "import")


def check_file_path(path: str) -> None:
    """Raise InvalidPath unless `path` can name a file of a module, relative to its root (module.CheckFilePath)."""
    _check(path, "file")


def split_path_version(path: str) -> tuple[str, str]:
    """Return (prefix, path_major) whose concatenation is `path` (module.SplitPathVersion).

    `path_major` is empty or `/vN`, N ≥ 2; for gopkg.in it is `.vN` or `.vN-unstable`, N ≥ 0, and never empty.
    Raises InvalidPath when the end looks like a major version and is none: `/v1`, `/v02`, `/v2.1`.
    """
    if path.startswith("gopkg.in/"):
        return _split_gopkg(path)
    match = _MAJOR_SUFFIX.fullmatch(path)
    if match is None:
        return path, ""
    prefix, path_major, number = match.groups()
    if "." in number or number[0] == "0" or number == "1":
        raise InvalidPath("module", path, "invalid version: a major version suffix is /v2, /v3 and so on")
    return prefix, path_major


def _split_gopkg(path: str) -> tuple[str, str]:
    match = _GOPKG_SUFFIX.fullmatch(path)
    if match is None:
        raise InvalidPath("module", path, "invalid version: gopkg.in paths end in .vN")
    prefix, path_major, number, _ = match.groups()
    if path_major == ".v" or (number.startswith("0") and path_major != ".v0"):
        raise InvalidPath("module", path, "invalid version: gopkg.in paths end in .vN")
    return prefix, path_major


def check_element(element: str, kind: Kind, path: str) -> None:
    """Raise InvalidPath, naming the whole `path`, unless `element` can stand between two slashes of it."""
    if not element:
        raise InvalidPath(kind, path, "empty path element")
    if not element.strip("."):
        raise InvalidPath(kind, path, f"invalid path element {element!r}")
    if kind == "module" and element.startswith("."):
        raise InvalidPath(kind, path, "leading dot in path element")
    if element.endswith("."):
        raise InvalidPath(kind, path, "trailing dot in path element")
    if not _CHARACTERS[kind].fullmatch(element):
        for character in element:
            if not _CHARACTERS[kind].fullmatch(character) and not (kind == "file" and is_letter(character)):
                raise InvalidPath(kind, path, f"invalid char {character!r}")
    short, _, _ = element.partition(".")
    # Go asks strings.EqualFold; no letter of a device's name folds with anything outside ASCII (only k and s do).
    if short.isascii() and short.upper() in _WINDOWS_DEVICES:
        raise InvalidPath(kind, path, f"{short!r} disallowed as path element component on Windows")
    if kind != "file" and _WINDOWS_SHORT_NAME.fullmatch(short):
        raise InvalidPath(kind, path, "trailing tilde and digits in path element")


def is_utf8(text: str) -> bool:
    """Whether `text` stands for valid UTF-8, that is, holds no escaped foreign byte."""
    return _SURROGATE.search(text) is None


def _check(path: str, kind: Kind) -> None:
    if not is_utf8(path):
        raise InvalidPath(kind, path, "invalid UTF-8")
    if not path:
        raise InvalidPath(kind, path, "empty string")
    if kind != "file" and path.startswith("-"):
        raise InvalidPath(kind, path, "leading dash")
    if "//" in path:
        raise InvalidPath(kind, path, "double slash")
    if path.endswith("/"):
        raise InvalidPath(kind, path, "trailing slash")
    for element in path.split("/"):
        check_element(element, kind, path)
