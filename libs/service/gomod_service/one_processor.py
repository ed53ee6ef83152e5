"""One processor for all threads of a process; which one is the kernel's to say.

Only one thread has the interpreter at a time, and it changes hands with nearly every system call. Between two
processors all that it touches then goes to and fro between their caches, too: that was a third of the computing of
whatever reads the store, and made nothing quicker (docs/performance.md). The price is what takes no interpreter and
could be done on the side: checking a large zip takes longer.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

STAY_SECONDS = 1.0
CHOICE_SECONDS = 0.01  # in which the loop's thread wakes up, and the kernel puts it where there is room

_PROCESSOR = 36  # in what follows the name in /proc/<pid>/task/<tid>/stat: the 39th field of all (proc(5))

_may_use = os.sched_getaffinity(0) if sys.platform == "linux" else frozenset[int]()


@asynccontextmanager
async def one_processor() -> AsyncIterator[None]:
    """Keep all threads together while the context lasts, on whichever of the processors that they may use is free.

    Does nothing where there is but one, and outside of Linux. Is entered in the main thread.
    """
    staying = asyncio.create_task(_stay()) if len(_may_use) > 1 else None
    try:
        yield
    finally:
        if staying is not None:
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)


def roam() -> None:
    """Let the calling thread, for a moment, and the processes that it starts then use all processors."""
    if sys.platform == "linux":
        with suppress(OSError):  # the ones that we may use have changed
            os.sched_setaffinity(0, _may_use)


async def _stay() -> None:
    try:
        while True:
            _confine({_processor()})
            await asyncio.sleep(STAY_SECONDS)
            roam()  # somebody else may have come to the processor that it was
            await asyncio.sleep(CHOICE_SECONDS)
    except OSError as error:  # without /proc, say
        log.warning("threads_not_kept_together", error=str(error))
    finally:
        _confine(_may_use)


def _processor() -> int:
    """The one that this thread is on."""
    stat = Path("/proc/thread-self/stat").read_text()
    return int(stat.rpartition(")")[2].split()[_PROCESSOR])


def _confine(processors: Set[int]) -> None:
    """Have all threads, and those that they will start, run on these processors alone."""
    assert sys.platform == "linux"
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has ended, or the processors that we may use have changed
            os.sched_setaffinity(int(thread.name), processors)
