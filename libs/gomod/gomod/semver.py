"""Semantic versions with a leading v, their canonical form and their order (golang.org/x/mod/semver)."""

import re
from collections.abc import Iterable

from gomod.gostrings import to_bytes

_NUMBER = r"(?:0|[1-9][0-9]*)"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    rf"v(?P<major>{_NUMBER})"
    rf"(?:\.(?P<minor>{_NUMBER})"
    rf"(?:\.(?P<patch>{_NUMBER})"
    rf"(?P<prerelease>-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?"
    rf"(?P<build>\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?)?"
)

_Identifier = tuple[int, int, str]
_Key = tuple[int, tuple[tuple[int, str], ...], int, tuple[_Identifier, ...]]
_INVALID: _Key = (0, (), 0, ())


def is_valid(v: str) -> bool:
    """Whether `v` is a semantic version; the shorthands `v1` and `v1.2` are."""
    return _VERSION.fullmatch(v) is not None


def canonical(v: str) -> str:
    """`v` in full and without build metadata: `v1` → `v1.0.0`; empty when `v` is invalid."""
    match = _VERSION.fullmatch(v)
    if match is None:
        return ""
    return f"v{match['major']}.{match['minor'] or '0'}.{match['patch'] or '0'}{match['prerelease'] or ''}"


def major(v: str) -> str:
    """`v2.1.0` → `v2`; empty when `v` is invalid."""
    match = _VERSION.fullmatch(v)
    return f"v{match['major']}" if match else ""


def major_minor(v: str) -> str:
    """`v2.1.0` → `v2.1`; empty when `v` is invalid."""
    match = _VERSION.fullmatch(v)
    return f"v{match['major']}.{match['minor'] or '0'}" if match else ""


def prerelease(v: str) -> str:
    """`v2.1.0-pre+meta` → `-pre`; empty when there is none or `v` is invalid."""
    match = _VERSION.fullmatch(v)
    return (match["prerelease"] or "") if match else ""


def build(v: str) -> str:
    """`v2.1.0+meta` → `+meta`; empty when there is none or `v` is invalid."""
    match = _VERSION.fullmatch(v)
    return (match["build"] or "") if match else ""


def compare(v: str, w: str) -> int:
    """-1, 0 or +1 by precedence: build metadata counts nothing, invalid versions are equal and below all valid ones."""
    ours, theirs = _key(v), _key(w)
    return (ours > theirs) - (ours < theirs)


def sort(versions: Iterable[str]) -> list[str]:
    """The versions in ascending precedence; those of equal precedence in the order of their bytes."""
    return sorted(versions, key=lambda v: (_key(v), to_bytes(v)))


def _key(v: str) -> _Key:
    match = _VERSION.fullmatch(v)
    if match is None:
        return _INVALID
    numbers = tuple(_decimal(match[part] or "0") for part in ("major", "minor", "patch"))
    identifiers = (match["prerelease"] or "")[1:]
    if not identifiers:
        return (1, numbers, 1, ())
    return (1, numbers, 0, tuple(_identifier(identifier) for identifier in identifiers.split(".")))


def _decimal(digits: str) -> tuple[int, str]:
    # Not int(): it refuses more than 4300 digits, and versions have no such limit.
    return (len(digits), digits)


def _identifier(text: str) -> _Identifier:
    return (0, *_decimal(text)) if text.isdigit() else (1, 0, text)
