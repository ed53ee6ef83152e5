"""Threads for what may block: a file read here, another written there.

A public module that is fetched takes some twenty such steps. What they cost beside the work itself was a third of all
computing, so results come back together: one wake-up of the loop for all that are there, not one for each as
anyio.to_thread and asyncio.to_thread have it (docs/performance.md). And one thread does all of it for as long as this
keeps a processor busy: more of them would only take the interpreter from each other, with every system call. When it
is a disk or a network that work waits for, others help.

For work that has to be limited or abandoned anyio's are the better choice.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, NamedTuple, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from gomod.errors import Unavailable

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

MOST_THREADS = 40
"""As many as anyio has: on a volume over a network they mostly wait."""

PATIENCE = 0.002
"""Seconds that work waits before one more thread is had to help, if there is a processor to be had."""

LONG = 0.05
"""The same if there is none: that a thread waits for a disk can't be told from the others' computing then."""


async def run_sync(function: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
    """What `function` returns or raises, called in a thread, in the caller's context.

    Who is cancelled does not wait for it; it ends all the same. Raises Unavailable when the system refuses a thread and
    there is none yet.
    """
    future: asyncio.Future[_Outcome[T]] = asyncio.get_running_loop().create_future()
    _put(function, arguments, future)
    outcome = await future
    if outcome.error is None:
        return outcome.result  # type: ignore[return-value]  # it has one when it has no error
    try:
        raise outcome.error
    finally:
        del outcome  # else the traceback and what it is the traceback of hold each other


def begin(function: Callable[[*Arguments], object], *arguments: *Arguments) -> None:
    """Have `function` called in a thread, in the caller's context, and don't wait for it. It raises nothing.

    It is not called when there is no thread, and none to be had.
    """
    with suppress(Unavailable):
        _put(function, arguments, None)


def _put(function: Callable[..., Any], arguments: tuple[Any, ...], future: asyncio.Future[Any] | None) -> None:
    loop = asyncio.get_running_loop()
    results = _results.get(loop)
    if results is None:
        results = _results[loop] = _Results()
    if not _threads.put(_Job(copy_context(), function, arguments, future, results, time.monotonic())):
        results.watch(loop)


class _Outcome(NamedTuple, Generic[T]):
    """How a call ended."""

    result: T | None
    error: BaseException | None


class _Job(NamedTuple):
    """A call, and where its outcome goes."""

    context: Context
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    future: asyncio.Future[Any] | None  # None when nobody waits
    results: "_Results"
    since: float  # by time.monotonic

    def work(self) -> None:
        """Call it."""
        try:
            outcome = _Outcome(self.context.run(self.function, *self.arguments), None)
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            outcome = _Outcome(None, error)
        if self.future is not None:
            self.results.put(self.future, outcome)


class _Results:
    """The outcomes for one loop, which it does not hold: else no loop would ever go."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[asyncio.Future[Any], _Outcome[Any]]] = deque()
        self._told = False
        self._watched = False

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

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """From the loop: see to it that no work waits for long, until none does."""
        if not self._watched:
            self._watched = True
            loop.call_later(PATIENCE, self._look, loop, time.monotonic(), time.process_time())

    def _look(self, loop: asyncio.AbstractEventLoop, begun: float, computed: float) -> None:
        self._watched = False
        if _threads.relieve(is_idle=time.process_time() - computed < time.monotonic() - begun):
            self.watch(loop)

    def _deliver(self) -> None:
        self._told = False
        while self._waiting:
            future, outcome = self._waiting.popleft()
            if not future.cancelled():
                future.set_result(outcome)


class _Threads:
    """Those of the process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: deque[_Job] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()  # rung once for each that is to wake up
        self._idle = 0
        self._count = 0

    def put(self, job: _Job) -> bool:
        """Have a thread do it; False when it is one that is at work, which somebody may have to `relieve`.

        Raises Unavailable when there is none, and none to be had.
        """
        with self._lock:
            self._jobs.append(job)
            if self._idle < self._count:
                return False
            if not self._call():
                self._jobs.pop()
                raise Unavailable("the store has no thread to work in, and the system gives it none")
            return True

    def relieve(self, is_idle: bool) -> bool:
        """Have one more thread work if that helps a job that waits; whether any waits."""
        with self._lock:
            if self._jobs and (is_idle or time.monotonic() - self._jobs[0].since >= LONG):
                self._call()
            return bool(self._jobs)

    def _call(self) -> bool:
        """Wake a thread up or have one more; False when that can't be done."""
        if self._idle:
            self._idle -= 1
            self._bell.put(None)
            return True
        if self._count == MOST_THREADS:
            return False
        try:
            Thread(target=self._work, name="storage", daemon=True).start()
        except RuntimeError:
            return False  # the system has no more of them just now: those at work go on, and this is tried again
        self._count += 1
        return True

    def _work(self) -> None:
        while True:
            with self._lock:
                job = self._jobs.popleft() if self._jobs else None
                self._idle += job is None
            if job is None:
                self._bell.get()
            else:
                job.work()
            del job  # what it holds is not kept until the next one comes


def _begin_anew() -> None:
    """In the child of a fork: it has none of the threads."""
    global _threads
    _threads = _Threads()


_results: WeakKeyDictionary[asyncio.AbstractEventLoop, _Results] = WeakKeyDictionary()
_threads = _Threads()
os.register_at_fork(after_in_child=_begin_anew)
