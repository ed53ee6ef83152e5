"""The order of Go's own versions, 1.21rc2 and the like, as far as the rules of zips need it (go/version)."""

import re

_VERSION = re.compile(
    r"(?P<major>0|[1-9][0-9]*)(?:\.(?P<minor>0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)|[a-z]+(?:0|[1-9][0-9]*)?)?)?"
)


def is_at_least(go: str, major: int, minor: int) -> bool:
    """Whether the language version of `go` ("1.24", "1.24.3", "1.24rc1", or "" for none) is `major.minor` or later."""
    match = _VERSION.fullmatch(go.partition("-")[0])
    if match is None:
        return False
    # Numbers of any length: int() would refuse more than 4300 digits.
    language = tuple((len(number), number) for number in (match["major"], match["minor"] or "0"))
    return language >= tuple((len(str(number)), str(number)) for number in (major, minor))
