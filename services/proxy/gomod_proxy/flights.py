"""Work that is done once however many ask for it at the same time, and that outlives whoever asked first."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from gomod_proxy import metrics

T = TypeVar("T")

ENDING_SECONDS = 5.0  # at the end nobody waits for this work any more: it may finish when that is quick


class Flights(Generic[T]):
    """The work under way, by key. Whoever makes one closes it, which ends its tasks."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[T]] = {}

    def begin(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        """The task that does the work of this key: the one under way, else a new one."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.create_task(work())
            self._tasks[key] = task
            task.add_done_callback(lambda done: self._end(key, done))
        else:
            metrics.FLIGHTS_JOINED.inc()
        return task

    async def join(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of the work of this key, or what it raised. Leaving early does not stop it."""
        return await asyncio.shield(self.begin(key, work))

    async def aclose(self) -> None:
        """Let what is under way finish if it can in ENDING_SECONDS, and end the rest."""
        tasks = set(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=ENDING_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _end(self, key: Hashable, task: asyncio.Task[T]) -> None:
        del self._tasks[key]
        if not task.cancelled():
            task.exception()  # seen, even when everybody who waited for it has left
