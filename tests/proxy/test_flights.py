"""Work that is shared."""

import asyncio

import pytest

from gomod.errors import NotFound
from gomod_proxy import flights
from gomod_proxy.flights import Flights


class Work:
    """Counts how often it is begun, and ends when told."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = asyncio.Event()

    async def run(self) -> str:
        self.begun += 1
        await self.gate.wait()
        return "done"


async def test_work_is_done_once_for_everybody_who_asks_meanwhile() -> None:
    flights_, work = Flights[str](), Work()
    asking = [asyncio.create_task(flights_.join("key", work.run)) for _ in range(20)]
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*asking) == ["done"] * 20
    assert work.begun == 1
    assert await flights_.join("key", work.run) == "done"
    assert work.begun == 2  # it is no cache


async def test_who_began_it_may_leave() -> None:
    flights_, work = Flights[str](), Work()
    first = asyncio.create_task(flights_.join("key", work.run))
    second = asyncio.create_task(flights_.join("key", work.run))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    work.gate.set()
    assert await second == "done"
    assert work.begun == 1


async def test_everybody_hears_of_a_failure_and_the_next_one_tries_again() -> None:
    flights_ = Flights[str]()

    async def fail() -> str:
        raise NotFound("x")

    both = await asyncio.gather(*(flights_.join("key", fail) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in both] == [NotFound, NotFound]
    work = Work()
    work.gate.set()
    assert await flights_.join("key", work.run) == "done"


async def test_closing_waits_a_little_and_then_ends_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights, "ENDING_SECONDS", 0.05)
    flights_, quick, slow = Flights[str](), Work(), Work()
    quick_task, slow_task = flights_.begin("quick", quick.run), flights_.begin("slow", slow.run)
    quick.gate.set()
    await flights_.aclose()
    assert quick_task.result() == "done"
    assert slow_task.cancelled()
