"""The scrub in the background of a proxy: slowly, all the time, by one replica at a time."""

import asyncio
import math
import threading
import time

import structlog

from gomod.errors import Unavailable
from gomod.module import ModuleVersion
from gomod_proxy import metrics
from gomod_storage import rounds
from gomod_storage.caretaker import Caretaker
from gomod_storage.examine import HARMLESS, Finding
from gomod_storage.pace import Rate
from gomod_storage.scrub import IsOwn

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
"""How often it is seen whether there is something to do; for so long a proxy that just started serves its clients."""

TURN = "scrub"


class Scrubbing:
    """A context in which a store is scrubbed, and the gauges say what all replicas together have come to."""

    def __init__(
        self, caretaker: Caretaker, is_own: IsOwn, bytes_per_second: int, look_seconds: float = LOOK_SECONDS
    ) -> None:
        """`bytes_per_second`: 0 for no scrub; then it is watched how others get on."""
        self._caretaker = caretaker
        self._is_own = is_own
        self._pace = Rate(bytes_per_second, self._wait) if bytes_per_second else None
        self._look_seconds = look_seconds
        self._ending = threading.Event()
        self._since = 0.0  # seconds since the epoch: what is older was read since

    async def __aenter__(self) -> None:
        metrics.SCRUB_AGE.set_function(self._age)
        metrics.LOST_VERSIONS.set(math.nan)
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._live())]

    async def __aexit__(self, *_: object) -> None:
        self._ending.set()  # a thread ends with what it is reading, and nobody waits for it
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    async def _watch(self) -> None:
        while True:
            try:
                self._since = (await rounds.find(self._caretaker)).since
                metrics.LOST_VERSIONS.set(await self._caretaker.lost())
            except Unavailable as error:
                metrics.LOST_VERSIONS.set(math.nan)
                log.warning("scrub_not_watched", error=str(error))
            await asyncio.sleep(self._look_seconds)

    async def _live(self) -> None:
        while self._pace is not None:
            await asyncio.sleep(self._look_seconds)
            try:
                if rounds.is_due(await rounds.find(self._caretaker)):
                    await self._go_on(self._pace)
            except (Unavailable, RuntimeError) as error:  # Python's own when the system has no thread to give just now
                log.warning("scrub_failed", error=str(error))

    async def _go_on(self, pace: Rate) -> None:
        async with self._caretaker.turn(TURN) as is_ours:
            if is_ours:  # else another replica is at it
                await rounds.go_on(self._caretaker, self._is_own, pace, _tell)

    def _age(self) -> float:
        return time.time() - self._since if self._since else math.nan

    def _wait(self, seconds: float) -> None:
        if self._ending.wait(seconds):
            raise Unavailable("the proxy is being stopped")


def _tell(module: ModuleVersion, finding: Finding | None, done: str) -> None:
    metrics.SCRUBBED.inc()
    if finding is not None:
        metrics.SCRUB_FINDINGS.labels(finding.problem).inc()
        tell = log.info if finding.problem in HARMLESS else log.error
        tell("scrub_found", module=str(module), problem=finding.problem, detail=finding.detail, done=done)
