"""What upstream said does not exist, for a short while: a build probes the same wrong names over and over."""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from gomod.errors import NotFound
from gomod_proxy.lru import Lru

MAX_ABSENCES = 16384


class Absences:
    """Remembered NotFounds by key."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`seconds` is for how long; 0 is not at all."""
        self._seconds = seconds
        self._clock = clock
        self._known: Lru[tuple[str, float]] = Lru(MAX_ABSENCES)

    @contextmanager
    def noted(self, key: Hashable) -> Iterator[None]:
        """Around asking upstream: raises NotFound instead when it lately said so, and notes when it says so now."""
        known = self._known.get(key)
        if known is not None and self._clock() < known[1]:
            raise NotFound(known[0])
        try:
            yield
        except NotFound as error:
            self._known.put(key, (str(error), self._clock() + self._seconds))
            raise
