"""What is remembered of answers, and for how long."""

import gc
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from gomod_proxy.hit import LARGEST_BYTES
from gomod_proxy.hits import FILE_SECONDS, MEMORY_BYTES, Hits, no_rules
from gomod_proxy.sent_file import SentFile
from gomod_service.access_log import access_log
from gomod_storage import Extent

FOR_EVER = b"public, max-age=31536000, immutable"
GZIP = {"accept-encoding": "gzip"}

Ask = Callable[[str], Awaitable[httpx.Response]]


class Behind:
    """What stands behind Hits: answers as it is told, and counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.headers = {b"x-cache": b"HIT", b"cache-control": FOR_EVER}
        self.pieces = [b"bytes"]
        self.file: SentFile | None = None

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        self.asked += 1
        if self.file is not None:
            scope["sent_file"] = self.file
        size = str(sum(map(len, self.pieces))).encode()
        headers = [*self.headers.items(), (b"content-length", size)]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        for piece in self.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
async def front(behind: Behind, now: list[float]) -> AsyncIterator[Ask]:
    """Asks Hits for a path."""
    hits = Hits(behind, no_rules, access_log("error", "json"), moving_seconds=1.0, clock=lambda: now[0])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(hits), base_url="http://x", headers=GZIP) as client:
        yield client.get


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.mark.parametrize(
    ("cache", "lasts", "seconds"),
    [(b"HIT", FOR_EVER, FILE_SECONDS), (b"LOCAL", FOR_EVER, FILE_SECONDS), (b"HIT", b"public, max-age=60", 1.0)],
)
async def test_an_answer_holds_for_a_while(
    behind: Behind, front: Ask, now: list[float], cache: bytes, lasts: bytes, seconds: float
) -> None:
    behind.headers = {b"x-cache": cache, b"cache-control": lasts}
    await front("/a")
    now[0] += seconds
    assert (await front("/a")).content == b"bytes"
    assert behind.asked == 1
    now[0] += 0.001
    await front("/a")
    assert behind.asked == 2


@pytest.mark.parametrize(
    "headers",
    [
        {b"x-cache": b"MISS", b"cache-control": b"no-store"},
        {b"x-cache": b"MISS", b"cache-control": b"private, no-store"},
        {b"x-cache": b"LOCAL", b"cache-control": b"public, max-age=60"},
        {b"x-cache": b"STALE", b"cache-control": b"no-store"},
        {b"x-cache": b"LOCAL", b"cache-control": b"private, max-age=31536000, immutable"},
        {b"x-cache": b"LOCAL"},
    ],
)
async def test_what_may_change_or_takes_a_right_is_not_remembered(
    behind: Behind, front: Ask, headers: dict[bytes, bytes]
) -> None:
    behind.headers = headers
    await front("/a")
    await front("/a")
    assert behind.asked == 2


@pytest.mark.parametrize("change", [{"status": 404}, {"pieces": [b"x" * LARGEST_BYTES, b"x"]}])
async def test_errors_and_what_is_large_are_not_remembered(
    behind: Behind, front: Ask, change: dict[str, object]
) -> None:
    for name, value in change.items():
        setattr(behind, name, value)
    await front("/a")
    await front("/a")
    assert behind.asked == 2


async def test_what_was_fetched_and_kept_is_a_hit_the_next_time(behind: Behind, front: Ask) -> None:
    behind.headers = {b"x-cache": b"MISS", b"cache-control": FOR_EVER, b"etag": b'"x"'}
    assert (await front("/a")).headers["x-cache"] == "MISS"
    again = await front("/a")
    assert (again.headers["x-cache"], again.headers["etag"], again.content) == ("HIT", '"x"', b"bytes")
    assert behind.asked == 1


async def test_a_file_is_not_kept_open_when_its_time_is_over(behind: Behind, front: Ask, now: list[float]) -> None:
    async def extents() -> AsyncIterator[Extent]:
        return
        yield

    behind.file = SentFile(extents, HTTPStatus.OK, {}, "application/zip")
    file = weakref.ref(behind.file)
    await front("/a")
    behind.file = None
    await front("/b")
    gc.collect()
    assert file() is not None
    now[0] += FILE_SECONDS + 1
    await front("/healthz")
    gc.collect()
    assert file() is None


async def test_memory_is_bounded_and_what_is_used_stays(behind: Behind, front: Ask) -> None:
    behind.pieces = [b"x" * LARGEST_BYTES]
    for number in range(MEMORY_BYTES // LARGEST_BYTES):
        await front("/often")
        await front(f"/{number}")
    asked = behind.asked
    await front("/often")
    assert behind.asked == asked
    await front("/0")
    assert behind.asked == asked + 1


async def test_a_query_makes_it_another_question(behind: Behind, front: Ask) -> None:
    await front("/a")
    await front("/a?go-get=1")
    assert behind.asked == 2
