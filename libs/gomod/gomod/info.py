"""The `.info` of a version: its name, time and origin as JSON (cmd/go: modfetch.RevInfo, codehost.Origin)."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import NoReturn

from gomod.errors import Malformed
from gomod.paths import is_utf8
from gomod.unicode import fold

_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version was made from; what is not known is empty."""

    vcs: str = ""  # "git" and so on
    url: str = ""
    subdir: str = ""
    hash: str = ""  # of the commit
    tag_prefix: str = ""
    tag_sum: str = ""
    ref: str = ""  # "refs/tags/v1.2.3", "refs/heads/main"
    repo_sum: str = ""


_ORIGIN_KEYS = {
    "vcs": "VCS",
    "url": "URL",
    "subdir": "Subdir",
    "hash": "Hash",
    "tag_prefix": "TagPrefix",
    "tag_sum": "TagSum",
    "ref": "Ref",
    "repo_sum": "RepoSum",
}


class _Object(list[tuple[str, object]]):
    """A JSON object as written, its repeated keys too."""


@dataclass(frozen=True, slots=True)
class Info:
    """What a version is called and when it was made."""

    version: str
    time: datetime  # aware; in UTC where it was read
    origin: Origin | None = None


def parse_info(data: bytes) -> Info:
    """Read a `.info`. Raises Malformed, naming the field, for a missing one, one of another type or one given twice.

    Like the go command it takes a key in any case and ignores unknown ones. It is stricter where go would guess: a
    document must say each thing once, so that nobody reads another version in it than we do.
    """
    document = _members(_load(data), "the document")
    origin = document.get(fold("Origin"))
    version = _text(document, "Version")
    if not version:
        raise Malformed(".info: Version is missing or empty")
    return Info(
        version=version,
        time=_time(_text(document, "Time")),
        origin=None if origin is None else _origin(_members(origin, "Origin")),
    )


def format_info(info: Info) -> bytes:
    """The document as the go command writes it: one line of JSON, the time in UTC."""
    document: dict[str, object] = {"Version": info.version, "Time": _format_time(info.time)}
    if info.origin is not None:
        origin = info.origin
        document["Origin"] = {key: getattr(origin, name) for name, key in _ORIGIN_KEYS.items() if getattr(origin, name)}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _load(data: bytes) -> object:
    try:
        return json.loads(data.decode(), object_pairs_hook=_Object, parse_int=float, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # ValueError: not UTF-8 or not JSON
        raise Malformed(f".info is not JSON: {error}") from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _members(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, _Object):
        raise Malformed(f".info: {where} is not an object")
    members: dict[str, object] = {}
    for key, member in value:
        folded = fold(key)
        if folded in members:
            raise Malformed(f".info: {where} says {key!r} twice")
        members[folded] = member
    return members


def _text(members: dict[str, object], key: str) -> str:
    """The string under a key, empty when there is none: null is nothing said, as in Go."""
    value = members.get(fold(key))
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f".info: {key} is not a string")
    if not is_utf8(value):
        raise Malformed(f".info: {key} is not Unicode text")
    return value


def _origin(members: dict[str, object]) -> Origin:
    return Origin(**{name: _text(members, key) for name, key in _ORIGIN_KEYS.items()})


def _time(text: str) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise Malformed(f".info: Time {text!r} is not of the form 2006-01-02T15:04:05Z (RFC 3339)")
    *moment, fraction, sign, hours, minutes = match.groups()
    try:
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
        year, month, day, hour, minute, second = map(int, moment)
        microsecond = int((fraction or "")[:6].ljust(6, "0"))
        return datetime(year, month, day, hour, minute, second, microsecond, timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed(f".info: Time {text!r} is no real time: {error}") from error


def _format_time(time: datetime) -> str:
    text = time.astimezone(UTC).isoformat().removesuffix("+00:00")
    return (text.rstrip("0") if "." in text else text) + "Z"
