"""Spares an upstream that is out of reach, and everybody who would wait for it."""

import time
from collections.abc import Callable

FAILURES = 5  # in a row, before it is left alone
FIRST_PAUSE = 1.0  # seconds; each further one is twice as long
LAST_PAUSE = 30.0


class Breaker:
    """Counts failures to reach one upstream. An answer, whatever it says, is none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._closed_until = 0.0
        self._trying = False  # somebody was let through after a pause

    def lets_through(self) -> bool:
        """Whether to try now. After a pause one may, and while that one is trying the others wait another pause."""
        if self._failures < FAILURES:
            return True
        if self._clock() < self._closed_until:
            return False
        self._closed_until = self._clock() + self._pause
        self._trying = True
        return True

    def reached(self) -> None:
        """It answered."""
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._trying = False

    def failed(self) -> None:
        """It could not be reached, or said nothing."""
        self._failures += 1
        if self._trying:
            self._pause = min(2 * self._pause, LAST_PAUSE)
        elif self._failures != FAILURES:
            return  # too few; or too late: it was on its way when others failed, and says nothing new
        self._trying = False
        self._closed_until = self._clock() + self._pause
