"""What is done behind a request, timed: what the store is asked, and what upstreams are."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Literal

from prometheus_client import Histogram

from gomod.errors import NotFound, RegistryError, Unavailable, UpstreamError
from gomod_service.traces import Traces

Outcome = Literal["done", "absent", "refused", "failed", "cancelled"]
"""How an operation ended. Absence is an answer; `failed` is trouble with a disk, a network or our own code."""

OPERATION_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 30, 120)
"""Seconds: from a small file in the page cache to a large zip from far away."""


def outcome_of(error: BaseException) -> Outcome:
    """What an exception says about the operation that raised it."""
    match error:
        case NotFound():
            return "absent"
        case Unavailable() | UpstreamError():
            return "failed"
        case RegistryError():
            return "refused"
        case asyncio.CancelledError() | GeneratorExit():
            return "cancelled"
        case _:
            return "failed"


class Stopwatch:
    """Times one family of operations into a histogram with the labels operation and outcome, and into traces."""

    def __init__(self, family: str, seconds: Histogram, traces: Traces) -> None:
        self._family = family
        self._child = lru_cache(maxsize=256)(seconds.labels)  # looked up once for each operation and outcome
        self._traces = traces

    @contextmanager
    def __call__(self, operation: str, subject: str) -> Iterator[None]:
        """Time what happens inside. `operation` is of a closed set; `subject`, for traces alone, says of what."""
        begun = time.perf_counter()
        outcome: Outcome = "done"
        try:
            with self._traces.span(f"{self._family} {operation}", subject):
                yield
        except BaseException as error:
            outcome = outcome_of(error)
            raise
        finally:
            self._child(operation, outcome).observe(time.perf_counter() - begun)
