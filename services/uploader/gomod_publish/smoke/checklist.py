"""Checks in their order, and what each came to. One that fails does not keep the others from telling more."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from gomod.errors import RegistryError

PAGE = "docs/publishing.md"


class Section(StrEnum):
    """What can be wrong, as the headings of PAGE call it; below each stands what to do."""

    HEALTH = "A service is not healthy"
    SERVED = "A version is not served as it was sent"
    GO = "go does not find a version"
    CONSUMER = "A consumer does not build or run"
    CACHE = "A public module does not come from the cache"

    @property
    def link(self) -> str:
        """Where to read on."""
        return f"{PAGE}#{re.sub(r'[^a-z0-9]+', '-', self.lower())}"


@dataclass(frozen=True, slots=True)
class Check:
    """Something to find out. `run` returns what was seen, and raises RegistryError when that is not right."""

    name: str
    section: Section
    run: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a check."""

    name: str
    section: Section
    passed: bool
    said: str  # what was seen, or what is wrong
    seconds: float


def carry_out(checks: Iterable[Check]) -> Iterator[Result]:
    """Carry out one check after the other."""
    for check in checks:
        begun = time.monotonic()
        try:
            passed, said = True, check.run()
        except RegistryError as error:
            passed, said = False, str(error)
        yield Result(check.name, check.section, passed, said, time.monotonic() - begun)
