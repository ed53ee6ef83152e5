"""Versions made from commits instead of tags, in all their forms (golang.org/x/mod/module, pseudo.go)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from gomod import semver
from gomod.errors import InvalidVersion

# After "v1.2.3": a time and a revision, alone (no earlier tag, then the version is vX.0.0) or after "0." or "pre.0.".
_PRERELEASE = re.compile(r"-(?P<older>(?:.*\.)?0\.)?(?P<time>[0-9]{14})-(?P<rev>[A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class _Parts:
    base: str  # "vX.0.0", "vX.Y.(Z+1)-0" or "vX.Y.Z-pre.0"
    time: str
    rev: str
    build: str


def is_pseudo_version(v: str) -> bool:
    """Whether `v` has the form of a pseudo-version; its time may still be none."""
    return _match(v) is not None


def pseudo_version(major: str, older: str, time: datetime, rev: str) -> str:
    """The pseudo-version of revision `rev`, committed at `time` (aware), after the tag `older` (or ""), for `major`.

    `major` is `v0`, `v2` and so on, empty for v0; it counts only without `older`.
    """
    utc = time.astimezone(UTC)
    stamp = f"{utc.year:04}{utc.month:02}{utc.day:02}{utc.hour:02}{utc.minute:02}{utc.second:02}"
    tag = semver.canonical(older)
    if not tag:
        return f"{major or 'v0'}.0.0-{stamp}-{rev}"
    if semver.prerelease(tag):
        return f"{tag}.0.{stamp}-{rev}{semver.build(older)}"
    release, _, patch = tag.rpartition(".")
    return f"{release}.{_increment(patch)}-0.{stamp}-{rev}{semver.build(older)}"


def zero_pseudo_version(major: str) -> str:
    """The pseudo-version that stands for no version at all, as in a `replace`d requirement."""
    return pseudo_version(major, "", datetime(1, 1, 1, tzinfo=UTC), "0" * 12)


def pseudo_version_time(v: str) -> datetime:
    """When the revision was committed, in UTC. Raises InvalidVersion for no pseudo-version and for no real time.

    Go also reads the year 0, which nothing was committed in and datetime does not have: refused here.
    """
    stamp = _parse(v).time
    try:
        return datetime(
            int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8]), int(stamp[8:10]), int(stamp[10:12]), int(stamp[12:]),
            tzinfo=UTC,
        )  # fmt: skip
    except ValueError as error:
        raise InvalidVersion(v, f"malformed time {stamp!r}") from error


def pseudo_version_rev(v: str) -> str:
    """The revision: for git, the first 12 digits of the commit. Raises InvalidVersion."""
    return _parse(v).rev


def pseudo_version_base(v: str) -> str:
    """The tag before the revision, empty when there was none. Raises InvalidVersion."""
    parts = _parse(v)
    match semver.prerelease(parts.base):
        case "":
            if parts.build:
                raise InvalidVersion(v, f"lacks base version, but has build metadata {parts.build!r}")
            return ""
        case "-0":
            release, _, patch = parts.base.removesuffix("-0").rpartition(".")
            if not patch.strip("0"):
                raise InvalidVersion(v, "the version before it would have a negative patch number")
            return f"{release}.{_decrement(patch)}{parts.build}"
        case _:
            return parts.base.removesuffix(".0") + parts.build


def pseudo_version_stamp(v: str) -> str:
    """The time as written, `yyyymmddhhmmss`, real or not. Raises InvalidVersion."""
    return _parse(v).time


def _match(v: str) -> re.Match[str] | None:
    match = _PRERELEASE.fullmatch(semver.prerelease(v))
    if match is None or (match["older"] is None and not semver.canonical(v).startswith(f"{semver.major(v)}.0.0-")):
        return None
    return match


def _parse(v: str) -> _Parts:
    match = _match(v)
    if match is None:
        raise InvalidVersion(v, "not a pseudo-version")
    release = semver.canonical(v).removesuffix(match[0])
    older = match["older"]
    base = release if older is None else f"{release}-{older.removesuffix('.')}"
    return _Parts(base=base, time=match["time"], rev=match["rev"], build=semver.build(v))


def _increment(decimal: str) -> str:
    # Digit by digit, since int() refuses more than 4300 of them.
    head = decimal.rstrip("9")
    zeros = "0" * (len(decimal) - len(head))
    return f"{head[:-1]}{int(head[-1]) + 1}{zeros}" if head else f"1{zeros}"


def _decrement(decimal: str) -> str:
    head = decimal.rstrip("0")
    digits = f"{head[:-1]}{int(head[-1]) - 1}{'9' * (len(decimal) - len(head))}"
    return digits[1:] if len(digits) > 1 and digits[0] == "0" else digits
