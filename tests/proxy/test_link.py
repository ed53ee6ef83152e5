"""The way to an upstream: tries, redirects, passwords, TLS, and texts that did not change."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gomod.errors import UpstreamError, UpstreamTimeout
from gomod_proxy import breaker, link
from gomod_proxy.credentials import Credentials
from gomod_proxy.http_client import HttpClient, Patience
from gomod_proxy.link import Link
from tests.certificates import loopback_certificate
from tests.goproxy_server import Answer, GoProxyServer

NAME, WHAT = "x.example/y/@v/list", "the versions of x.example/y"


@asynccontextmanager
async def linked(url: str, *, text: float = 20, connections: int = 8, netrc: Path | None = None) -> AsyncIterator[Link]:
    patience = Patience(connect=5, silence=text, text=text, zip=5)
    async with HttpClient(patience, connections, Credentials(netrc)) as client:
        yield Link(url, client)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PAUSES", (0.001, 0.001))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_passing_trouble_passes(upstream: GoProxyServer, status: int) -> None:
    upstream.script(f"/{NAME}", Answer(status=status), Answer(status=status), Answer(b"v1.0.0\n"))
    async with linked(upstream.url) as upstream_link:
        assert await upstream_link.text(NAME, WHAT) == b"v1.0.0\n"
    assert len(upstream.asked()) == 3


@pytest.mark.parametrize(("status", "tries"), [(503, 3), (500, 1), (403, 1), (404, 1)])
async def test_other_trouble_is_not_asked_for_again(upstream: GoProxyServer, status: int, tries: int) -> None:
    upstream.answers[f"/{NAME}"] = Answer(status=status)
    async with linked(upstream.url) as upstream_link:
        with pytest.raises(Exception, match=str(status)):
            await upstream_link.text(NAME, WHAT)
    assert len(upstream.asked()) == tries


async def test_no_try_is_made_that_the_deadline_would_end(
    upstream: GoProxyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "PAUSES", (60, 60))
    upstream.answers[f"/{NAME}"] = Answer(status=503)
    async with linked(upstream.url, text=20) as upstream_link:
        with pytest.raises(UpstreamError, match="503"):  # at once: it would be a time-out else
            await upstream_link.text(NAME, WHAT)
    assert len(upstream.asked()) == 1


async def test_pauses_are_as_long_as_chance_has_it(upstream: GoProxyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        asked_for.append((low, high))
        return low

    monkeypatch.setattr(random, "uniform", uniform)
    upstream.answers[f"/{NAME}"] = Answer(status=503)
    async with linked(upstream.url) as upstream_link:
        assert "503" in await complaint(upstream_link)
    assert asked_for == [(0.5, 1.5)] * 2


async def test_a_zip_may_take_longer_than_a_list(upstream: GoProxyServer) -> None:
    zip_ = "x.example/y/@v/v1.0.0.zip"
    upstream.answers[f"/{zip_}"] = Answer(b"PK and more")
    gates = [upstream.hold(f"/{NAME}"), upstream.hold(f"/{zip_}", at=2)]
    patience = Patience(connect=20, silence=60, text=0.2, zip=60)
    async with HttpClient(patience, 8, Credentials(None)) as client:
        upstream_link = Link(upstream.url, client)
        async with upstream_link.zip(zip_, "x.example/y@v1.0.0 (zip)") as incoming:
            with pytest.raises(UpstreamTimeout):
                await upstream_link.text(NAME, WHAT)
            for gate in gates:
                gate.set()
            assert b"".join([piece async for piece in incoming.chunks]) == b"PK and more"


async def test_one_upstream_out_of_reach_is_no_matter_of_another(upstream: GoProxyServer) -> None:
    upstream.answers[f"/{NAME}"] = Answer(b"v1.0.0\n")
    with GoProxyServer() as first:
        first.stop()
        async with HttpClient(Patience(20, 20, 20, 20), 8, Credentials(None)) as client:
            broken, whole = Link(first.url, client), Link(upstream.url, client)
            complaints = [await complaint(broken) for _ in range(breaker.FAILURES + 1)]
            assert all(complaints)
            assert await whole.text(NAME, WHAT) == b"v1.0.0\n"


async def test_an_upstream_out_of_reach_costs_no_time_after_a_while(upstream: GoProxyServer) -> None:
    async with linked(upstream.url) as upstream_link:
        with upstream.down():
            for _ in range(breaker.FAILURES):
                with pytest.raises(UpstreamError, match="can't be reached"):
                    await upstream_link.text(NAME, WHAT)
            async with asyncio.timeout(60):  # a pause may be over before the next question
                while "out of reach" not in await complaint(upstream_link):
                    pass
        upstream.answers[f"/{NAME}"] = Answer(b"v1.0.0\n")
        async with asyncio.timeout(60):
            while await complaint(upstream_link):
                await asyncio.sleep(0.01)
        assert await upstream_link.text(NAME, WHAT) == b"v1.0.0\n"


async def complaint(upstream_link: Link) -> str:
    """What is the matter with upstream; nothing when it answers."""
    try:
        await upstream_link.text(NAME, WHAT)
    except UpstreamError as error:
        return str(error)
    return ""


async def test_silence_breaks_it_as_well_and_stays_a_time_out(upstream: GoProxyServer) -> None:
    upstream.hold(f"/{NAME}")
    async with linked(upstream.url, text=0.05) as upstream_link:
        for _ in range(breaker.FAILURES + 1):
            with pytest.raises(UpstreamTimeout):
                await upstream_link.text(NAME, WHAT)
    assert len(upstream.asked()) <= breaker.FAILURES


async def test_there_are_only_so_many_connections_to_a_host(upstream: GoProxyServer) -> None:
    gates = [upstream.hold(f"/{number}") for number in range(6)]
    async with linked(upstream.url, connections=2) as upstream_link:
        asking = [asyncio.create_task(upstream_link.text(str(number), WHAT)) for number in range(6)]
        async with asyncio.timeout(60):
            while len(upstream.asked()) < 2:
                await asyncio.sleep(0.005)
        for gate in gates:
            assert len(upstream.asked()) <= 2 + sum(each.is_set() for each in gates)
            gate.set()
        await asyncio.gather(*asking, return_exceptions=True)
    assert len(upstream.asked()) == 6


async def test_a_text_that_did_not_change_is_not_sent_again(upstream: GoProxyServer) -> None:
    upstream.answers[f"/{NAME}"] = Answer(b"v1.0.0\n", headers={"etag": '"1"'})
    async with linked(upstream.url) as upstream_link:
        assert await upstream_link.moving_text(NAME, WHAT) == b"v1.0.0\n"
        assert await upstream_link.moving_text(NAME, WHAT) == b"v1.0.0\n"
        upstream.answers[f"/{NAME}"] = Answer(b"v1.0.1\n", headers={"etag": '"2"'})
        assert await upstream_link.moving_text(NAME, WHAT) == b"v1.0.1\n"
    assert [request.headers.get("if-none-match") for request in upstream.requests] == [None, '"1"', '"1"']


async def test_https_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = loopback_certificate(tmp_path)
    with GoProxyServer(certificate) as upstream:
        upstream.answers[f"/{NAME}"] = Answer(b"v1.0.0\n")
        async with linked(upstream.url) as upstream_link:
            with pytest.raises(UpstreamError, match=r"(?i)certificate"):
                await upstream_link.text(NAME, WHAT)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with linked(upstream.url) as upstream_link:
            assert await upstream_link.text(NAME, WHAT) == b"v1.0.0\n"


async def test_a_password_is_not_sent_to_where_a_redirect_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = loopback_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret")
    with GoProxyServer(certificate) as first, GoProxyServer(certificate) as second:
        elsewhere = second.url.replace("127.0.0.1", "localhost")
        first.answers[f"/{NAME}"] = Answer(status=302, headers={"Location": f"{elsewhere}/there"})
        second.answers["/there"] = Answer(b"v1.0.0\n")
        async with linked(first.url, netrc=netrc) as upstream_link:
            assert await upstream_link.text(NAME, WHAT) == b"v1.0.0\n"
    assert [request.headers.get("authorization") for request in first.requests] == ["Basic bWU6czNjcmV0"]
    assert [request.headers.get("authorization") for request in second.requests] == [None]


async def test_no_way_leads_from_https_to_http(
    upstream: GoProxyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = loopback_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with GoProxyServer(certificate) as first:
        first.answers[f"/{NAME}"] = Answer(status=302, headers={"Location": f"{upstream.url}/there"})
        async with linked(first.url) as upstream_link:
            with pytest.raises(UpstreamError, match="from https to http"):
                await upstream_link.text(NAME, WHAT)
    assert upstream.asked() == []


async def test_no_cookie_of_an_upstream_is_sent_back(upstream: GoProxyServer) -> None:
    upstream.script(
        f"/{NAME}", Answer(b"v1.0.0\n", headers={"set-cookie": "session=of-another-client"}), Answer(b"v1.0.0\n")
    )
    async with linked(upstream.url.replace("127.0.0.1", "localhost")) as upstream_link:  # no jar keeps an address's
        for _ in range(2):
            assert await upstream_link.text(NAME, WHAT) == b"v1.0.0\n"
    assert [request.headers.get("cookie") for request in upstream.requests] == [None, None]
