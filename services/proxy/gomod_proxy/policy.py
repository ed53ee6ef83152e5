"""Which modules may be served: the policy file's rules, and which of them decides."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from gomod.errors import InvalidPath
from gomod.module import check_globs, match_prefix_patterns
from gomod_proxy.version_ranges import VersionRange, parse_range
from gomod_service.settings import SettingsError

_SIGNS: Mapping[str, bool] = {"+": True, "-": False, "D": True}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line that serves (`+`, `D`) or refuses (`-`) what its pattern matches."""

    line: int
    text: str
    serves: bool
    pattern: str  # a GOPRIVATE glob; empty for a bare sign, which is about everything else
    versions: tuple[VersionRange, ...] = ()  # none: all of them

    def covers(self, path: str) -> bool:
        """Whether it says something about this module."""
        return not self.pattern or match_prefix_patterns(self.pattern, path)

    def decides(self, path: str, version: str) -> bool:
        """Whether it says something about this version of it."""
        return self.covers(path) and (not self.versions or any(each.holds(version) for each in self.versions))

    @property
    def weight(self) -> tuple[int, bool, int]:
        """Of two rules the one with the longer pattern decides, then the one with versions, then the later one."""
        return _elements(self.pattern), bool(self.versions), self.line


@dataclass(frozen=True, slots=True)
class Cooldown:
    """`cooldown DAYS [pattern]`: public versions are served when they are so old."""

    line: int
    text: str
    age: timedelta
    pattern: str


@dataclass(frozen=True, slots=True)
class Policy:
    """All lines of a policy file. What no line is about is served."""

    rules: tuple[Rule, ...] = ()
    cooldowns: tuple[Cooldown, ...] = ()

    def decisive(self, path: str, version: str) -> Rule | None:
        """The rule that decides about this version; None when no line is about it."""
        return _heaviest(rule for rule in self.rules if rule.decides(path, version))

    def refusal(self, path: str, version: str) -> Rule | None:
        """The rule that refuses this version; None when it may be served."""
        decisive = self.decisive(path, version)
        return None if decisive is None or decisive.serves else decisive

    def whole_refusal(self, path: str) -> Rule | None:
        """The rule that refuses the module whatever the version; None when some version may be served."""
        covering = [rule for rule in self.rules if rule.covers(path)]
        decisive = _heaviest(rule for rule in covering if not rule.versions)
        if decisive is None or decisive.serves:
            return None
        exceptions = [rule for rule in covering if rule.serves and rule.weight > decisive.weight]
        return None if exceptions else decisive

    def cooldown(self, path: str) -> Cooldown | None:
        """The cooldown for this module, None without one."""
        covering = [each for each in self.cooldowns if not each.pattern or match_prefix_patterns(each.pattern, path)]
        longest = max(covering, key=lambda each: (_elements(each.pattern), each.line), default=None)
        return longest if longest is not None and longest.age else None


def parse_policy(data: bytes) -> Policy:
    """Read a policy file. Raises SettingsError naming every line that is wrong.

    The grammar is that of Athens' filter file, made right: words are separated by any white space, `#` begins a
    comment anywhere, patterns are globs, and a version means what it says.
    """
    rules: list[Rule] = []
    cooldowns: list[Cooldown] = []
    problems: list[str] = []
    for number, raw in enumerate(data.decode(errors="replace").splitlines(), start=1):
        text = raw.partition("#")[0].strip()
        try:
            match text.split():
                case []:
                    continue
                case ["cooldown", days, *rest] if len(rest) <= 1:
                    cooldowns.append(Cooldown(number, text, _days(days), _pattern(rest)))
                case [sign, *rest] if sign in _SIGNS and len(rest) <= 2:
                    ranges = tuple(parse_range(each) for each in rest[1].split(",")) if len(rest) == 2 else ()
                    rules.append(Rule(number, text, _SIGNS[sign], _pattern(rest), ranges))
                case _:
                    raise ValueError("expected `+ pattern [versions]`, `- pattern [versions]`, `D` or `cooldown days`")
        except (ValueError, InvalidPath) as error:
            problems.append(f"  line {number}: {error}")
    if problems:
        raise SettingsError("\n".join(problems))
    return Policy(tuple(rules), tuple(cooldowns))


def _pattern(words: Sequence[str]) -> str:
    """The pattern among the words after the sign; a line that could never hold must not look as if it did."""
    if not words:
        return ""
    if "," in words[0]:
        raise ValueError(f"{words[0]!r} is more than one pattern; each takes a line")
    check_globs(words[0])
    return words[0]


def _days(text: str) -> timedelta:
    if not re.fullmatch("[0-9]{1,4}", text):
        raise ValueError(f"{text!r} is no number of days")
    return timedelta(days=int(text))


def _elements(pattern: str) -> int:
    return pattern.rstrip("/").count("/") + 1 if pattern else 0


def _heaviest(rules: Iterable[Rule]) -> Rule | None:
    return max(rules, key=lambda rule: rule.weight, default=None)
