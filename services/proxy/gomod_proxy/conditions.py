"""Conditional and range requests (RFC 9110): what of a stored answer a client wants to have sent."""

import re
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime

from starlette.datastructures import Headers

_RANGE = re.compile(r"bytes=\s*(?:([0-9]+)-([0-9]*)|-([0-9]+))\s*", re.ASCII)
_ETAGS = re.compile(r'(?:W/)?"([^"]*)"')
_MAX_DIGITS = 18  # beyond, it is past the end of anything, and Python refuses to read thousands of them


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one stored answer from another."""

    etag: str  # strong, without quotes
    modified: float | None  # seconds since the epoch; None for what is put together anew each time

    def headers(self) -> dict[str, str]:
        """ETag and Last-Modified."""
        headers = {"etag": f'"{self.etag}"'}
        if self.modified is not None:
            headers["last-modified"] = formatdate(self.modified, usegmt=True)
        return headers


class RangeNotSatisfiable(Exception):
    """The range begins past the end."""


def is_current(headers: Headers, validators: Validators) -> bool:
    """Whether the client has this already (304). If-None-Match decides alone when it is there."""
    if (tags := headers.get("if-none-match")) is not None:
        return tags.strip() == "*" or validators.etag in _ETAGS.findall(tags)
    return _not_after(validators.modified, headers.get("if-modified-since"))


def wanted_range(headers: Headers, validators: Validators, size: int) -> tuple[int, int] | None:
    """The half-open range of `size` bytes to send, None for all of it. Raises RangeNotSatisfiable.

    Several ranges at once, other units and nonsense mean all of it, as RFC 9110 allows; so does an If-Range that names
    other bytes than these.
    """
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or not _if_range_holds(headers.get("if-range"), validators):
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        start, stop = max(0, size - _number(suffix)), size
    else:
        start, stop = _number(first), min(size, _number(last) + 1) if last else size
        if last and _number(last) < start:
            return None
    if start >= stop:
        raise RangeNotSatisfiable
    return start, stop


def _number(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MAX_DIGITS else 10**_MAX_DIGITS


def _if_range_holds(condition: str | None, validators: Validators) -> bool:
    if condition is None:
        return True
    if '"' in condition:
        return condition.strip() == f'"{validators.etag}"'  # a weak one never holds here
    return validators.headers().get("last-modified") == condition.strip()


def _not_after(modified: float | None, date: str | None) -> bool:
    if modified is None or date is None:
        return False
    try:
        return int(modified) <= parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):  # no date, or one of a year that there is not
        return False
