"""What upstream said of things that move, for a while: nobody asks the same thing twice in a minute."""

import time
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gomod.errors import UpstreamError
from gomod_proxy.absences import Absences
from gomod_proxy.flights import Flights
from gomod_proxy.lru import Lru
from gomod_proxy.reader import Cache, Found

T = TypeVar("T")

MAX_ANSWERS = 4096


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """For how long answers hold, in seconds; 0 is not at all."""

    answer: float
    absence: float
    bridges_trouble: bool  # an answer that is too old still counts while upstream is in trouble


@dataclass(frozen=True, slots=True)
class _Answer(Generic[T]):
    value: T
    since: float


class Remembered(Generic[T]):
    """Answers by key, each asked for once however many want it.

    For one lifetime an answer simply holds. For another one it is still given, and asked for anew behind the client's
    back, so that what is asked for all the time never makes anybody wait.
    """

    def __init__(self, lifetimes: Lifetimes, clock: Callable[[], float] = time.monotonic) -> None:
        self._lifetimes = lifetimes
        self._clock = clock
        self._absences = Absences(lifetimes.absence, clock)
        self._answers: Lru[_Answer[T]] = Lru(MAX_ANSWERS)
        self._flights: Flights[T] = Flights()

    async def get(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> Found[T]:
        """The answer, remembered or asked for. Raises what `ask` raises: NotFound, UpstreamError."""
        known = self._answers.get(key)
        age = self._clock() - known.since if known is not None else float("inf")
        if known is not None and age < 2 * self._lifetimes.answer:
            if age >= self._lifetimes.answer:
                self._flights.begin(key, lambda: self._ask(key, ask))
            return Found(known.value, Cache.HIT)
        try:
            return Found(await self._flights.join(key, lambda: self._ask(key, ask)), Cache.MISS)
        except UpstreamError:
            if known is None or not self._lifetimes.bridges_trouble:
                raise
            return Found(known.value, Cache.STALE)

    async def aclose(self) -> None:
        """End what is under way."""
        await self._flights.aclose()

    async def _ask(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        with self._absences.noted(key):
            value = await ask()
        self._answers.put(key, _Answer(value, self._clock()))
        return value
