"""Work in threads: what it returns, raises and knows, and what becomes of it when nobody waits any more."""

import asyncio
import gc
import multiprocessing
import threading
import weakref
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from gomod.errors import Unavailable
from gomod_storage import threads
from gomod_storage.threads import MOST_THREADS, begin, run_sync

NAME: ContextVar[str] = ContextVar("NAME")


async def test_the_result_of_work_comes_back_and_it_was_done_elsewhere() -> None:
    def work(left: int, right: int) -> tuple[int, int]:
        return left + right, threading.get_ident()

    total, where = await run_sync(work, 1, 2)
    assert total == 3
    assert where != threading.get_ident()


async def test_what_work_raises_is_raised() -> None:
    def fail(what: str) -> None:
        raise OSError(what)

    for kind in ("once", "twice"):  # the thread has survived it
        with pytest.raises(OSError, match=kind):
            await run_sync(fail, kind)


async def test_a_stop_iteration_does_not_leave_its_caller_waiting() -> None:
    nothing: tuple[int, ...] = ()
    with pytest.raises(RuntimeError, match="StopIteration"):
        await run_sync(next, iter(nothing))


async def test_work_sees_the_context_of_its_caller_and_changes_nothing_in_it() -> None:
    def work() -> str:
        seen = NAME.get()
        NAME.set("another")
        return seen

    NAME.set("the caller's")
    assert await run_sync(work) == "the caller's"
    assert NAME.get() == "the caller's"


async def test_much_work_is_done_at_once_and_no_more_than_there_are_threads() -> None:
    free = threading.Event()
    entered: list[int] = []

    def work() -> None:
        entered.append(threading.get_ident())
        free.wait(60)

    tasks = [asyncio.create_task(run_sync(work)) for _ in range(MOST_THREADS + 1)]
    async with asyncio.timeout(60):
        while len(entered) < MOST_THREADS:
            await asyncio.sleep(0)
    assert len(set(entered)) == len(entered) == MOST_THREADS
    free.set()
    await asyncio.gather(*tasks)
    assert len(entered) == MOST_THREADS + 1
    assert len(set(entered)) == MOST_THREADS


async def test_one_thread_does_all_the_work_before_others_are_had_to_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PATIENCE", 60.0)
    seen = await asyncio.gather(*(run_sync(threading.get_ident) for _ in range(100)))
    assert len(set(seen)) == 1


async def test_work_behind_a_thread_that_hangs_is_done_although_the_loop_is_never_idle() -> None:
    free = threading.Event()
    hanging = asyncio.create_task(run_sync(free.wait, 60))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(run_sync(int, "1"))
    async with asyncio.timeout(60):
        while not waiting.done():
            await asyncio.sleep(0)  # computing all the time
    assert not hanging.done()
    free.set()
    assert await hanging


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A process without any of our threads, to which the system refuses to give one until the patch is undone."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threads, "_threads", threads._Threads())
        with patch.context() as refused:
            refused.setattr(threading.Thread, "start", refuse)
            yield refused


async def test_threads_that_are_refused_are_trouble_and_do_not_count(no_threads: pytest.MonkeyPatch) -> None:
    for _ in range(MOST_THREADS + 1):
        with pytest.raises(Unavailable, match="no thread to work in"):
            await run_sync(int, "1")
        begin(int, "1")
    no_threads.undo()
    free = threading.Event()
    tasks = [asyncio.create_task(run_sync(free.wait, 60)) for _ in range(MOST_THREADS - 1)]
    async with asyncio.timeout(60):
        assert await run_sync(int, "1") == 1
    free.set()
    assert all(await asyncio.gather(*tasks))


async def test_work_waits_for_the_threads_there_are_when_more_are_refused(no_threads: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start
    no_threads.undo()
    free = threading.Event()
    hanging = asyncio.create_task(run_sync(free.wait, 60))
    await asyncio.sleep(0)
    with pytest.MonkeyPatch.context() as refused:
        refused.setattr(threading.Thread, "start", start)
        tried = asyncio.create_task(run_sync(int, "1"))
        await asyncio.sleep(0)
        assert threads._threads.relieve(is_idle=True)
        free.set()
        assert (await tried, await hanging) == (1, True)


async def test_many_small_pieces_of_work_all_come_back() -> None:
    async def count(number: int) -> list[int]:
        return [await run_sync(int, str(number + step)) for step in range(50)]

    found = await asyncio.gather(*(count(number) for number in range(100)))
    assert found == [list(range(number, number + 50)) for number in range(100)]


async def test_who_is_cancelled_does_not_wait_and_the_work_ends_all_the_same() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(60)
        done.set()

    task = asyncio.create_task(run_sync(work))
    await run_sync(begun.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not done.is_set()
    go_on.set()
    assert await run_sync(done.wait, 60)


def test_work_that_outlives_its_loop_does_no_harm() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(60)
        done.set()

    async def leave() -> None:
        leaving = asyncio.create_task(run_sync(work))
        await run_sync(begun.wait, 60)
        leaving.cancel()

    asyncio.run(leave())
    go_on.set()
    assert done.wait(60)
    assert asyncio.run(run_sync(int, "1")) == 1


def test_a_loop_that_has_ended_is_forgotten() -> None:
    async def work() -> "weakref.ref[asyncio.AbstractEventLoop]":
        await run_sync(int, "1")
        return weakref.ref(asyncio.get_running_loop())

    loop = asyncio.run(work())
    gc.collect()
    assert loop() is None


def _forked(answers: "multiprocessing.SimpleQueue[int]") -> None:
    answers.put(asyncio.run(run_sync(int, "1")))


def test_the_child_of_a_fork_has_threads_of_its_own() -> None:
    asyncio.run(run_sync(int, "0"))
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.SimpleQueue[int] = context.SimpleQueue()
    child = context.Process(target=_forked, args=(answers,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert answers.get() == 1
