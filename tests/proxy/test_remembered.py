"""How long upstream's answers hold."""

import asyncio
from pathlib import Path

import pytest

from gomod.errors import NotFound, RegistryError, UpstreamError
from gomod_proxy.absences import Absences
from gomod_proxy.lru import Lru
from gomod_proxy.reader import Cache, Found
from gomod_proxy.remembered import Lifetimes, Remembered
from tests.goproxy_server import GoProxyServer
from tests.proxy.running import environment, running

HOLDS, BRIDGES = Lifetimes(60, 10, bridges_trouble=False), Lifetimes(60, 10, bridges_trouble=True)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Upstream:
    """Says what it is told to, and counts how often it is asked."""

    def __init__(self, answer: str | RegistryError) -> None:
        self.answer = answer
        self.asked = 0

    async def ask(self) -> str:
        self.asked += 1
        if isinstance(self.answer, RegistryError):
            raise self.answer
        return self.answer


async def test_an_answer_holds_then_is_renewed_behind_then_waited_for() -> None:
    clock, upstream = Clock(), Upstream("one")
    remembered: Remembered[str] = Remembered(HOLDS, clock)
    assert await remembered.get("key", upstream.ask) == Found("one", Cache.MISS)
    upstream.answer = "two"
    clock.now = 59
    assert await remembered.get("key", upstream.ask) == Found("one", Cache.HIT)
    assert upstream.asked == 1
    clock.now = 60
    assert await remembered.get("key", upstream.ask) == Found("one", Cache.HIT)
    await remembered.aclose()  # what went on behind is done
    assert upstream.asked == 2
    assert await remembered.get("key", upstream.ask) == Found("two", Cache.HIT)
    clock.now = 60 + 120
    upstream.answer = "three"
    assert await remembered.get("key", upstream.ask) == Found("three", Cache.MISS)


async def test_trouble_is_told_or_bridged() -> None:
    for lifetimes, result in ((HOLDS, None), (BRIDGES, Found("one", Cache.STALE))):
        clock, upstream = Clock(), Upstream("one")
        remembered: Remembered[str] = Remembered(lifetimes, clock)
        await remembered.get("key", upstream.ask)
        clock.now, upstream.answer = 1000, UpstreamError("trouble")
        if result is None:
            with pytest.raises(UpstreamError):
                await remembered.get("key", upstream.ask)
        else:
            assert await remembered.get("key", upstream.ask) == result


async def test_absence_holds_for_a_shorter_while() -> None:
    clock, upstream = Clock(), Upstream(NotFound("nobody has it"))
    remembered: Remembered[str] = Remembered(HOLDS, clock)
    for _ in range(3):
        with pytest.raises(NotFound, match="nobody has it"):
            await remembered.get("key", upstream.ask)
    assert upstream.asked == 1
    clock.now, upstream.answer = 10, "there now"
    assert await remembered.get("key", upstream.ask) == Found("there now", Cache.MISS)


async def test_without_a_lifetime_everything_is_asked_every_time() -> None:
    upstream = Upstream("one")
    remembered: Remembered[str] = Remembered(Lifetimes(0, 0, bridges_trouble=True))
    for asked in (1, 2):
        assert await remembered.get("key", upstream.ask) == Found("one", Cache.MISS)
        assert upstream.asked == asked
    upstream.answer = NotFound("gone")
    for asked in (3, 4):
        with pytest.raises(NotFound):
            await remembered.get("key", upstream.ask)
        assert upstream.asked == asked


def test_trouble_is_no_absence() -> None:
    absences = Absences(10, Clock())
    with pytest.raises(UpstreamError), absences.noted("key"):
        raise UpstreamError("trouble")
    with absences.noted("key"):
        pass


def test_the_least_used_is_forgotten_first() -> None:
    lru: Lru[int] = Lru(2)
    lru.put("a", 1)
    lru.put("b", 2)
    assert lru.get("a") == 1
    lru.put("c", 3)
    assert [lru.get(key) for key in "abc"] == [1, None, 3]


async def test_a_build_asks_upstream_once_for_what_moves_and_what_is_not_there(
    upstream: GoProxyServer, volume: Path
) -> None:
    upstream.add("a.example/b", "v1.0.0")
    settings = environment(volume, upstream.url, GOMOD_LIST_TTL="60", GOMOD_NEGATIVE_TTL="60")
    ends = ("@v/list", "@latest", "@v/v1.0.1.info", "@v/v1.0.1.mod", "@v/v1.0.1.zip", "@v/nobranch.info")
    async with running(settings) as proxy:
        first = [await proxy.get(f"/a.example/b/{end}") for end in ends]
        upstream.forget()
        second = [await proxy.get(f"/a.example/b/{end}") for end in ends]
        assert [answer.status_code for answer in second] == [200, 200, 404, 404, 404, 404]
        assert [answer.text for answer in second] == [answer.text for answer in first]
        assert [answer.headers.get("x-cache") for answer in second] == ["HIT", "HIT", *4 * ["MISS"]]
        assert upstream.asked() == []


async def test_a_list_seen_before_an_outage_does_not_regress_to_what_is_stored(
    upstream: GoProxyServer, volume: Path
) -> None:
    for version in ("v1.0.0", "v1.1.0"):
        upstream.add("a.example/b", version)
    async with running(environment(volume, upstream.url, "fallback")) as proxy:
        await proxy.get("/a.example/b/@v/v1.0.0.zip")
        for end in ("@v/list", "@latest"):
            await proxy.get(f"/a.example/b/{end}")
        with upstream.down():
            listed, latest = await asyncio.gather(*(proxy.get(f"/a.example/b/{end}") for end in ("@v/list", "@latest")))
        assert (listed.text, listed.headers["x-cache"]) == ("v1.0.0\nv1.1.0\n", "STALE")
        assert (latest.json()["Version"], latest.headers["x-cache"]) == ("v1.1.0", "STALE")
