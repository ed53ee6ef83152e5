"""Threads for what may block: a file read here, another written there.

A public module that is fetched takes some twenty such steps. What they cost beside the work itself was a third of all
computing, so results come back together: one wake-up of the loop for all that are there, not one for each as
anyio.to_thread and asyncio.to_thread have it (docs/performance.md). For work that is long, or that has to be limited
or abandoned, anyio's are the better choice.
"""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, NamedTuple, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

MOST_THREADS = 40
"""As many as anyio has: on a volume over a network they mostly wait."""


async def run_sync(function: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
    """What `function` returns or raises, called in a thread, in the caller's context.

    Who is cancelled does not wait for it; it ends all the same.
    """
    loop = asyncio.get_running_loop()
    results = _results.get(loop)
    if results is None:
        results = _results[loop] = _Results()
    future: asyncio.Future[_Outcome[T]] = loop.create_future()
    _threads.put(_Job(copy_context(), function, arguments, future, results))
    outcome = await future
    if outcome.error is None:
        return outcome.result  # type: ignore[return-value]  # it has one when it has no error
    try:
        raise outcome.error
    finally:
        del outcome  # else the traceback and what it is the traceback of hold each other


class _Outcome(NamedTuple, Generic[T]):
    """How a call ended."""

    result: T | None
    error: BaseException | None


class _Job(NamedTuple):
    """A call, and where its outcome goes."""

    context: Context
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    future: asyncio.Future[Any]
    results: "_Results"

    def work(self) -> None:
        """Call it."""
        try:
            outcome = _Outcome(self.context.run(self.function, *self.arguments), None)
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            outcome = _Outcome(None, error)
        self.results.put(self.future, outcome)


class _Results:
    """The outcomes for one loop, which it does not hold: else no loop would ever go."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[asyncio.Future[Any], _Outcome[Any]]] = deque()
        self._told = False

    def put(self, future: asyncio.Future[Any], outcome: _Outcome[Any]) -> None:
        """From a thread: have the loop deliver it, with others that come meanwhile."""
        self._waiting.append((future, outcome))
        # In this order, and `_deliver` in the opposite one: what it has not seen any more finds that nobody is told.
        if not self._told:
            self._told = True
            try:
                future.get_loop().call_soon_threadsafe(self._deliver)
            except RuntimeError:
                self._waiting.clear()  # the loop is closed: nobody waits any more

    def _deliver(self) -> None:
        self._told = False
        while self._waiting:
            future, outcome = self._waiting.popleft()
            if not future.cancelled():
                future.set_result(outcome)


class _Threads:
    """Those of the process: as many as were ever busy at once and one more, up to MOST_THREADS."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._idle: deque[None] = deque()  # an element for each, for its ends are changed in one step
        self._count = 0

    def put(self, job: _Job) -> None:
        """Have a thread do it."""
        self._jobs.put(job)
        if self._jobs.qsize() >= len(self._idle) and self._count < MOST_THREADS:
            self._count += 1
            Thread(target=self._work, name="storage", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._idle.append(None)
            job = self._jobs.get()
            self._idle.pop()
            job.work()
            del job  # what it holds is not kept until the next one comes


def _begin_anew() -> None:
    """In the child of a fork: it has none of the threads."""
    global _threads
    _threads = _Threads()


_results: WeakKeyDictionary[asyncio.AbstractEventLoop, _Results] = WeakKeyDictionary()
_threads = _Threads()
os.register_at_fork(after_in_child=_begin_anew)
