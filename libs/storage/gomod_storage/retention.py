"""Which stored versions may be deleted. When in doubt, none.

Never: a release of our own, what is withdrawn, and what is pinned. Of our own the pseudo-versions that nobody used for
some time, but not the newest of each module. Of public modules, which can be fetched again, those that nobody used for
the longest time, until the rest fits into a quota.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from gomod.module import ModuleVersion
from gomod.pseudo import is_pseudo_version, pseudo_version_time
from gomod_storage.used import Usage
from gomod_storage.version_folder import Identity

Kind = Literal["release", "pseudo", "public"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be deleted; without both limits nothing."""

    pseudo_days: int | None  # pseudo-versions of our own are kept for so long after their last use
    keep_newest: int  # and so many of each module, whatever their age
    public_bytes: int | None  # what public modules may take
    pinned: frozenset[ModuleVersion]


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored version, and what is known of it."""

    module: ModuleVersion
    own: bool
    withdrawn: bool
    bytes: int  # of its three files
    last_used: date  # or came here; see `used`
    edition: Identity | str
    """Which of those that ever stood under this name it is: no other one is deleted."""

    @property
    def kind(self) -> Kind:
        """Which rule is for it."""
        if not self.own:
            return "public"
        return "pseudo" if is_pseudo_version(self.module.version) else "release"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy says of a version, and why."""

    stored: Stored
    cull: bool
    reason: str


def is_used(stored: Stored, recent: Usage) -> bool:
    """Whether it was used later than was known when it was judged."""
    return recent.last.get(stored.module, stored.last_used) > stored.last_used


def judge(versions: Iterable[Stored], policy: Policy, today: date) -> Iterator[Verdict]:
    """A verdict for every version, those that are kept in any case first."""
    pseudo: dict[str, list[Stored]] = defaultdict(list)
    public: list[Stored] = []
    needed = 0  # bytes of public versions that are kept in any case
    for stored in versions:
        if reason := _kept_always(stored, policy):
            needed += stored.bytes if stored.kind == "public" else 0
            yield Verdict(stored, cull=False, reason=reason)
        elif stored.kind == "pseudo":
            pseudo[stored.module.path].append(stored)
        else:
            public.append(stored)
    for of_one_module in pseudo.values():
        yield from _judge_pseudo(of_one_module, policy, today)
    yield from _judge_public(public, needed, policy, today)


def _kept_always(stored: Stored, policy: Policy) -> str:
    if stored.kind == "release":
        return "a release of our own"
    if stored.module in policy.pinned:
        return "pinned"
    if stored.withdrawn:
        return "withdrawn, which keeps its name taken"
    if (policy.pseudo_days if stored.kind == "pseudo" else policy.public_bytes) is None:
        return "no limit is set"
    return ""


def _judge_pseudo(of_one_module: list[Stored], policy: Policy, today: date) -> Iterator[Verdict]:
    newest = sorted(of_one_module, key=lambda each: pseudo_version_time(each.module.version), reverse=True)
    for place, stored in enumerate(newest):
        if place < policy.keep_newest:
            yield Verdict(stored, cull=False, reason=f"among the newest {policy.keep_newest}")
        else:
            cull = today - stored.last_used > timedelta(days=policy.pseudo_days or 0)
            yield Verdict(stored, cull, _use(stored))


def _judge_public(public: list[Stored], needed: int, policy: Policy, today: date) -> Iterator[Verdict]:
    """The least recently used first. What was used yesterday stays, however much it is: it would come back at once."""
    size = needed + sum(stored.bytes for stored in public)
    quota = policy.public_bytes or 0
    for stored in sorted(public, key=lambda each: (each.last_used, each.module.path, each.module.version)):
        if size <= quota:
            yield Verdict(stored, cull=False, reason="within the quota")
        else:
            cull = today - stored.last_used > timedelta(days=1)
            size -= stored.bytes if cull else 0
            yield Verdict(stored, cull, _use(stored))


def _use(stored: Stored) -> str:
    return f"last used on {stored.last_used}, as far as is known"
