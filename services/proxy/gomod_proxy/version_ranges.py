"""Sets of versions as a policy file writes them: v1, v1.2, v1.2.3, ~v1.2.3, ^v1.2.3, <v1.2.3 and the like."""

import re
from dataclasses import dataclass

from gomod import semver

_RANGE = re.compile(r"(?P<sign>~|\^|<=|>=|<|>|)v?(?P<numbers>[0-9]+(?:\.[0-9]+){0,2})(?P<rest>[-+]\S+)?")


@dataclass(frozen=True, slots=True)
class VersionRange:
    """All versions from `low` to below `high`; either may be None, no bound."""

    low: str | None
    high: str | None

    def holds(self, version: str) -> bool:
        """Whether a version lies in the range, by semantic precedence; build metadata counts nothing."""
        above = self.low is None or semver.compare(version, self.low) >= 0
        return above and (self.high is None or semver.compare(version, self.high) < 0)


def parse_range(text: str) -> VersionRange:
    """Read one range; the `v` may be left out. Raises ValueError.

    `v1.2` is every v1.2.x, `v1.2.3` that one alone; `~` keeps the minor, `^` the major version. A bound leaves out the
    prereleases of the version it names where it leaves out that version.
    """
    match = _RANGE.fullmatch(text)
    numbers = match["numbers"].split(".") if match is not None else []
    version = f"v{'.'.join([*numbers, '0', '0'][:3])}{match['rest'] or ''}" if match is not None else ""
    if match is None or not semver.is_valid(version) or (match["rest"] and len(numbers) < 3):
        raise ValueError(f"{text!r} is no version or range of versions, like v1.2, ~v1.2.3, ^v1.2.3 or <v2")
    first = version if match["rest"] else f"{version}-0"  # the very first version that counts to these numbers
    match match["sign"]:
        case "~":
            return VersionRange(version, _next(numbers[: min(2, len(numbers))]))
        case "^":
            return VersionRange(version, _next(numbers[:1]))
        case "<":
            return VersionRange(None, first)
        case ">=":
            return VersionRange(version, None)
        case "<=":
            return VersionRange(None, _after(version, numbers, match["rest"]))
        case ">":
            return VersionRange(_after(version, numbers, match["rest"]), None)
        case _ if len(numbers) == 3:
            return VersionRange(version, _after(version, numbers, match["rest"]))
        case _:
            return VersionRange(first, _next(numbers))


def _next(numbers: list[str]) -> str:
    """The very first version after all that begin with these numbers."""
    following = [*numbers[:-1], str(int(numbers[-1]) + 1)]
    return f"v{'.'.join([*following, '0', '0'][:3])}-0"


def _after(version: str, numbers: list[str], rest: str | None) -> str:
    """The first version past this one, or past all that begin with these numbers when they are not three."""
    return f"{version}.0" if rest and rest.startswith("-") else _next(numbers)
