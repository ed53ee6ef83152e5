"""The scrub in the background of a proxy: slowly, all the time, by one replica at a time."""

import asyncio
import math
import threading
import time

import structlog
from anyio import CapacityLimiter, to_thread

from gomod.errors import Unavailable
from gomod.module import ModuleVersion
from gomod_proxy import metrics
from gomod_storage import gone, rounds, turns
from gomod_storage.examine import HARMLESS, Finding
from gomod_storage.pace import Rate
from gomod_storage.places import Places
from gomod_storage.scrub import IsOwn

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
"""How often it is seen whether there is something to do; for so long a proxy that just started serves its clients."""


class Scrubbing:
    """A context in which a volume is scrubbed."""

    def __init__(
        self, places: Places, is_own: IsOwn, bytes_per_second: int, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._places = places
        self._is_own = is_own
        self._pace = Rate(bytes_per_second, self._wait)
        self._look_seconds = look_seconds
        self._ending = threading.Event()
        # A thread of its own, for it mostly waits; the pool's are for those who answer clients.
        self._limiter = CapacityLimiter(1)

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._live())

    async def __aexit__(self, *_: object) -> None:
        self._ending.set()  # the thread ends with the version that it is reading, and nobody waits for it
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(self._look_seconds)
            await to_thread.run_sync(self._look, limiter=self._limiter, abandon_on_cancel=True)

    def _look(self) -> None:
        try:
            turn = turns.take(self._places.turn("scrub"))
            if turn is None:
                return  # another replica is at it
            try:
                rounds.go_on(self._places, self._is_own, self._pace, _seen)
            finally:
                turn.end()
        except OSError as error:
            log.warning("scrub_failed", error=str(error))
        except Unavailable as error:
            log.info("scrub_interrupted", reason=str(error))

    def _wait(self, seconds: float) -> None:
        if self._ending.wait(seconds):
            raise Unavailable("the proxy is being stopped")


def expose_scrub(places: Places) -> None:
    """Have the gauges say what all replicas together have come to, whenever somebody asks."""
    metrics.SCRUB_AGE.set_function(lambda: _age(places))
    metrics.LOST_VERSIONS.set_function(lambda: _lost(places))


def _seen(module: ModuleVersion, finding: Finding | None, done: str) -> None:
    metrics.SCRUBBED.inc()
    if finding is not None:
        metrics.SCRUB_FINDINGS.labels(finding.problem).inc()
        tell = log.info if finding.problem in HARMLESS else log.error
        tell("scrub_found", module=str(module), problem=finding.problem, detail=finding.detail, done=done)


def _age(places: Places) -> float:
    try:
        since = rounds.find(places).since
    except OSError:
        return math.nan
    return time.time() - since if since else math.nan


def _lost(places: Places) -> float:
    try:
        return float(sum(1 for _ in gone.lost(places)))
    except OSError:
        return math.nan
