"""All threads of a proxy on one processor, and everything back in place afterwards."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gomod_service import one_processor as module
from gomod_service.one_processor import one_processor, roam

MAY_USE = os.sched_getaffinity(0)


def processors() -> list[set[int]]:
    """Where each thread of this process may run."""
    return [os.sched_getaffinity(int(thread.name)) for thread in Path("/proc/self/task").iterdir()]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


def together() -> bool:
    return len(set(map(frozenset, processors()))) == 1 and len(processors()[0]) == 1


def seen_by_a_child() -> set[int]:
    command = [sys.executable, "-c", "import os; print(*os.sched_getaffinity(0))"]
    return set(map(int, subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()))


@pytest.fixture
def a_thread() -> Iterator[None]:
    """One that was there before."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    yield
    end.set()
    thread.join()


@pytest.mark.usefixtures("a_thread")
async def test_all_threads_are_on_one_processor_while_the_context_lasts() -> None:
    async with one_processor():
        await until(together)
        assert processors()[0] <= MAY_USE
        assert await asyncio.to_thread(os.sched_getaffinity, 0) == processors()[0], "a thread that was made since"
    assert {frozenset(each) for each in processors()} == {frozenset(MAY_USE)}


async def test_the_kernel_may_choose_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STAY_SECONDS", 0.05)
    async with one_processor():
        for _ in range(3):
            await until(together)
            await until(lambda: os.sched_getaffinity(0) == MAY_USE)


async def test_who_roams_starts_processes_that_use_all_processors() -> None:
    async with one_processor():
        await until(together)
        assert len(seen_by_a_child()) == 1
        roam()
        assert seen_by_a_child() == MAY_USE


async def test_without_proc_threads_run_where_they_like(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_proc() -> int:
        raise FileNotFoundError("/proc/thread-self/stat")

    monkeypatch.setattr(module, "_processor", no_proc)
    with capture_logs() as lines:
        async with one_processor():
            await asyncio.sleep(0)
            assert os.sched_getaffinity(0) == MAY_USE
    told = [line["event"] for line in lines]
    assert told == ["threads_not_kept_together"] or (told == [] and len(MAY_USE) == 1)
