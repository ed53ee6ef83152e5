"""Trying again what may pass, with pauses long enough for a rolling restart of the registry."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from gomod.errors import RegistryError
from gomod_publish.errors import TryAgain

# Before the second, third … attempt.
PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
LONGEST_PAUSE_SECONDS = 30.0  # whatever Retry-After asks for

_Result = TypeVar("_Result")


class Patience:
    """How long we wait for whom."""

    def __init__(self, *, say: Callable[[str], None], pause: Callable[[float], None] = time.sleep) -> None:
        """`say` is told why something takes longer; `pause` waits so many seconds."""
        self._say = say
        self._pause = pause
        self._pauses: Sequence[float] = PAUSES_SECONDS

    def persist(self, attempt: Callable[[], _Result], *passing: type[RegistryError]) -> _Result:
        """Make an attempt, and again after errors that may pass. Raises what the last attempt raised.

        Where all pauses did not help, later attempts get none: nobody waits for the same trouble twice.
        """
        for seconds in self._pauses:
            try:
                return attempt()
            except passing as error:
                asked = error.after_seconds if isinstance(error, TryAgain) else 0.0
                wait = min(max(seconds, asked), LONGEST_PAUSE_SECONDS)
                self._say(f"{error}; trying again in {wait:g} s")
                self._pause(wait)
        self._pauses = ()
        return attempt()
