"""Paths and versions as URLs and file names without upper case (golang.org/x/mod/module, "Escaped Paths")."""

import re
from functools import lru_cache

from gomod.errors import InvalidPath, InvalidVersion
from gomod.paths import check_element, check_path

_ESCAPED = re.compile(r"(?:![a-z]|[^!A-Z\u0080-\U0010ffff])*", re.DOTALL)


@lru_cache(maxsize=1024)  # one request asks it of the same path a dozen times
def escape_path(path: str) -> str:
    """`github.com/Azure/x` → `github.com/!azure/x`. Raises InvalidPath unless `path` can name a module."""
    check_path(path)
    return _escape(path)


@lru_cache(maxsize=1024)
def escape_version(v: str) -> str:
    """The version as part of a file's name: any text without `!` that can be one. Raises InvalidVersion."""
    _check_version_element(v)
    if "!" in v or not v.isascii():
        raise InvalidVersion(v, "disallowed version string")
    return _escape(v)


def unescape_path(escaped: str) -> str:
    """`github.com/!azure/x` → `github.com/Azure/x`. Raises InvalidPath for a bad escape and for a bad path."""
    if not _ESCAPED.fullmatch(escaped):
        raise InvalidPath("escaped module", escaped, "an upper-case letter is written as ! and its lower case")
    path = _unescape(escaped)
    check_path(path)
    return path


def unescape_version(escaped: str) -> str:
    """The version that `escape_version` escaped. Raises InvalidVersion."""
    if not _ESCAPED.fullmatch(escaped):
        raise InvalidVersion(escaped, "an upper-case letter is written as ! and its lower case")
    v = _unescape(escaped)
    _check_version_element(v)
    return v


def _check_version_element(v: str) -> None:
    try:
        check_element(v, "file", v)
    except InvalidPath as error:
        raise InvalidVersion(v, error.reason) from error


def _escape(text: str) -> str:
    return re.sub("[A-Z]", lambda match: "!" + match[0].lower(), text)


def _unescape(text: str) -> str:
    return re.sub("!([a-z])", lambda match: match[1].upper(), text)
