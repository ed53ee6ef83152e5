"""A zip that is asked for the first time: streamed while it arrives, fetched once, kept only when whole and valid."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gomod_proxy.metrics import UPSTREAM_REFUSED
from gomod_service.observability import REQUESTS
from gomod_storage.store import CHUNK_BYTES
from tests.goproxy_server import Answer, GoProxyServer, make_info, make_zip
from tests.proxy.running import Running

PATH = "github.com/big/module"
BASE = f"/{PATH}/@v/v1.0.0"
ZIP = f"{BASE}.zip"
GO_MOD = f"module {PATH}\n".encode()
BIG = make_zip(PATH, "v1.0.0", {"go.mod": GO_MOD, "blob": os.urandom(3 << 20)})
MIDDLE = 1 << 20


@pytest.fixture
def big(upstream: GoProxyServer) -> GoProxyServer:
    """An upstream with a module whose zip comes in many pieces."""
    upstream.add(PATH, "v1.0.0", mod=GO_MOD, zip_body=BIG)
    return upstream


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


def is_kept(volume: Path) -> bool:
    return (volume / PATH / "v1.0.0").exists()


def staged_bytes(volume: Path) -> int:
    """How much of the zip has arrived."""
    return sum(file.stat().st_size for file in (volume / ".staging").rglob("*.zip"))


async def until_tidy(volume: Path) -> None:
    """Return when nothing is staged any more; the .info and .mod beside a zip take a moment of their own."""
    await until(lambda: not list((volume / ".staging").iterdir()))


async def test_twenty_clients_are_one_request_upstream_and_twenty_equal_bodies(
    big: GoProxyServer, proxy: Running, volume: Path
) -> None:
    gate = big.hold(ZIP, at=MIDDLE)
    asking = [asyncio.create_task(proxy.get(ZIP)) for _ in range(20)]
    await until(lambda: bool(big.asked(ZIP)))
    gate.set()
    answers = await asyncio.gather(*asking)
    assert {hashlib.sha256(answer.content).digest() for answer in answers} == {hashlib.sha256(BIG).digest()}
    assert {answer.headers["x-cache"] for answer in answers} == {"MISS"}
    assert big.asked(ZIP) == [ZIP]
    assert sorted(big.asked()) == [f"{BASE}.info", f"{BASE}.mod", ZIP]
    await until_tidy(volume)


async def test_clients_read_while_upstream_still_sends(big: GoProxyServer, proxy: Running) -> None:
    gate = big.hold(ZIP, at=MIDDLE)
    async with proxy.client.stream("GET", ZIP) as early, proxy.client.stream("GET", ZIP) as late:
        assert early.headers["content-length"] == str(len(BIG))
        pieces, late_pieces = early.aiter_raw(), late.aiter_raw()
        got = await anext(pieces)
        late_got = await anext(late_pieces)
        assert not gate.is_set()  # upstream has sent a third, and both have something of it
        gate.set()
        assert got + b"".join([piece async for piece in pieces]) == BIG
        assert late_got + b"".join([piece async for piece in late_pieces]) == BIG


async def test_a_client_that_leaves_early_breaks_nothing(big: GoProxyServer, proxy: Running, volume: Path) -> None:
    gate = big.hold(ZIP, at=MIDDLE)
    async with proxy.client.stream("GET", ZIP) as leaving:
        await anext(leaving.aiter_raw())
    staying = asyncio.create_task(proxy.get(ZIP))
    gate.set()
    assert (await staying).content == BIG
    assert big.asked(ZIP) == [ZIP]
    assert is_kept(volume)


async def test_a_download_ends_even_when_nobody_is_left(big: GoProxyServer, proxy: Running, volume: Path) -> None:
    gate = big.hold(ZIP, at=MIDDLE)
    async with proxy.client.stream("GET", ZIP) as leaving:
        await anext(leaving.aiter_raw())
    gate.set()
    await until(lambda: is_kept(volume))
    assert (await proxy.get(ZIP)).headers["x-cache"] == "HIT"
    assert big.asked(ZIP) == [ZIP]


def answered() -> float:
    """How many requests for zips have ended so far."""
    samples = [sample for metric in REQUESTS.collect() for sample in metric.samples]
    return sum(each.value for each in samples if each.name.endswith("_total") and each.labels["endpoint"] == "zip")


async def test_a_request_ends_with_its_client_though_upstream_is_silent(
    big: GoProxyServer, proxy: Running, volume: Path
) -> None:
    """Else a server that is to stop waits for it as long as it waits for anybody."""
    gate = big.hold(ZIP, at=MIDDLE)
    before = answered()
    received = 0
    async with proxy.client.stream("GET", ZIP) as leaving:
        # All that there is to send: the newest piece is held back.
        async for piece in leaving.aiter_raw():
            received += len(piece)
            if received >= MIDDLE - CHUNK_BYTES and staged_bytes(volume) == MIDDLE:
                break
    try:
        await until(lambda: answered() == before + 1)
    finally:
        gate.set()


async def test_nobody_may_keep_a_zip_that_was_not_checked_yet(big: GoProxyServer, proxy: Running) -> None:
    assert (await proxy.get(ZIP)).headers["cache-control"] == "no-store"
    assert (await proxy.get(ZIP)).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert big.asked(ZIP) == [ZIP]


async def test_a_zip_of_unknown_length_is_streamed_as_well(big: GoProxyServer, proxy: Running, volume: Path) -> None:
    big.answers[ZIP] = Answer(BIG, content_type="application/zip", unsized=True)
    answer = await proxy.get(ZIP)
    assert answer.content == BIG
    assert "content-length" not in answer.headers
    assert is_kept(volume)


async def test_a_head_request_needs_no_body(big: GoProxyServer, proxy: Running, volume: Path) -> None:
    head = await proxy.client.head(ZIP)
    assert (head.headers["content-length"], head.content) == (str(len(BIG)), b"")
    await until(lambda: is_kept(volume))
    assert big.asked(ZIP) == [ZIP]


def refusals() -> dict[str, float]:
    """How many answers were refused so far, by reason."""
    return {
        sample.labels["reason"]: sample.value
        for metric in UPSTREAM_REFUSED.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


LIES = {
    "cut short": Answer(BIG, content_type="application/zip", cut_at=2 * MIDDLE),
    "shorter than said": Answer(BIG, content_type="application/zip", declared_length=len(BIG) + 1),
    "longer than said": Answer(BIG, content_type="application/zip", declared_length=len(BIG) - 1),
    "cut short, of unknown length": Answer(BIG, content_type="application/zip", cut_at=2 * MIDDLE, unsized=True),
    "of another module": Answer(make_zip("github.com/other/m", "v1.0.0", {"blob": os.urandom(3 << 20)})),
    "with another go.mod": Answer(
        make_zip(PATH, "v1.0.0", {"go.mod": GO_MOD + b"\ngo 1.20\n", "blob": os.urandom(3 << 20)})
    ),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_wrong_zip_is_broken_off_and_not_kept(
    big: GoProxyServer, proxy: Running, volume: Path, lie: str
) -> None:
    big.answers[ZIP] = LIES[lie]
    before = sum(refusals().values())
    received = 0
    with pytest.raises(httpx.RemoteProtocolError):  # noqa: PT012  (what was received before it counts as well)
        async with proxy.client.stream("GET", ZIP) as answer:
            assert answer.status_code == 200
            async for piece in answer.aiter_raw():
                received += len(piece)
    assert 0 < received < LIES[lie].size
    assert sum(refusals().values()) == before + 1
    assert not is_kept(volume)
    await until_tidy(volume)
    del big.answers[ZIP]
    assert (await proxy.get(ZIP)).content == BIG  # and upstream gets another chance


SMALL: dict[str, tuple[Answer, int, str | None]] = {  # with the status, and what it is counted as
    "cut short": (Answer(b"PK and more", cut_at=4, content_type="application/zip"), 502, "cut_short"),
    "no zip": (Answer(b"PK and more", content_type="application/zip"), 502, "invalid_zip"),
    "empty": (Answer(b"", content_type="application/zip"), 502, "invalid_zip"),
    "of another module": (Answer(make_zip("github.com/other/m", "v1.0.0", {"x.go": b""})), 502, "invalid_zip"),
    "with another go.mod": (Answer(make_zip(PATH, "v1.0.0", {"go.mod": GO_MOD + b"\n"})), 502, "other_go_mod"),
    "a web page": (Answer(b"<html>log in</html>", content_type="text/html; charset=utf-8"), 502, "nonsense"),
    "too large": (Answer(b"PK", declared_length=(500 << 20) + 1), 502, "nonsense"),
    "an error": (Answer(b"we are sorry", status=500), 502, None),
    "absent": (Answer(b"nobody has it", status=404), 404, None),
}


@pytest.mark.parametrize("lie", SMALL)
async def test_a_small_wrong_zip_is_an_error_with_a_reason(
    big: GoProxyServer, proxy: Running, volume: Path, lie: str
) -> None:
    big.answers[ZIP], status, reason = SMALL[lie]
    before = refusals()
    answer = await proxy.get(ZIP)
    assert answer.status_code == status
    assert answer.text.startswith(f"{PATH}@v1.0.0")
    assert answer.text.count("\n") == 1
    assert answer.headers["cache-control"] == "no-store"
    assert not is_kept(volume)
    await until_tidy(volume)
    assert refusals() == before | ({reason: before[reason] + 1} if reason else {})


async def test_a_zip_without_go_mod_goes_with_the_one_that_go_makes_up(
    upstream: GoProxyServer, proxy: Running, volume: Path
) -> None:
    upstream.add(PATH, "v1.0.0", {"x.go": b"package x\n"}, mod=GO_MOD)
    assert (await proxy.get(ZIP)).status_code == 200
    assert (volume / PATH / "v1.0.0" / "go.mod").read_bytes() == GO_MOD


@pytest.mark.parametrize("kind", ["info", "mod"])
async def test_a_version_without_its_other_files_is_not_kept(
    big: GoProxyServer, proxy: Running, volume: Path, kind: str
) -> None:
    big.answers[f"{BASE}.{kind}"] = Answer(b"broken", status=500)
    with pytest.raises(httpx.RemoteProtocolError):
        await proxy.get(ZIP)
    assert not is_kept(volume)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("info", b"not json"),
        ("info", make_info("v1.0.1")),
        ("info", b"<!DOCTYPE html><p>log in"),
        ("mod", b"<!DOCTYPE html><p>log in"),
        ("mod", b"nothing of a go.mod"),
        ("mod", b""),
    ],
)
async def test_a_document_that_is_none_is_counted_and_not_kept(
    big: GoProxyServer, proxy: Running, volume: Path, kind: str, body: bytes
) -> None:
    good, before = big.body(f"{BASE}.{kind}"), refusals()
    big.answers[f"{BASE}.{kind}"] = Answer(body)
    answer = await proxy.get(f"{BASE}.{kind}")
    assert (answer.status_code, answer.headers["cache-control"]) == (502, "no-store")
    assert refusals() == before | {"nonsense": before["nonsense"] + 1}
    assert not list((volume / ".parts").rglob("v1.0.0*"))
    del big.answers[f"{BASE}.{kind}"]
    assert (await proxy.get(f"{BASE}.{kind}")).content == good


async def test_other_bytes_the_second_time_do_not_replace_the_stored_ones(
    big: GoProxyServer, proxy: Running, volume: Path
) -> None:
    alarms = refusals().get("changed", 0)
    gate = big.hold(ZIP, at=MIDDLE)
    async with proxy.client.stream("GET", ZIP) as answer:
        pieces = answer.aiter_raw()
        await anext(pieces)
        # Meanwhile another replica commits the version with other bytes.
        (volume / PATH / "v1.0.0").mkdir(parents=True)
        other = make_zip(PATH, "v1.0.0", {"go.mod": GO_MOD, "blob": b"other"})
        for name, data in (("source.zip", other), ("go.mod", GO_MOD), ("v1.0.0.info", make_info("v1.0.0"))):
            (volume / PATH / "v1.0.0" / name).write_bytes(data)
        gate.set()
        with pytest.raises(httpx.RemoteProtocolError):
            [piece async for piece in pieces]
    assert (await proxy.get(ZIP)).content == other
    assert refusals()["changed"] == alarms + 1
