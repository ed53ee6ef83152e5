"""One upstream over HTTP: what is believed of it, and how its troubles are told."""

import gzip
from collections.abc import AsyncIterator

import pytest

from gomod.errors import NotFound, UpstreamError, UpstreamTimeout
from gomod.module import ModuleVersion
from gomod_proxy.credentials import Credentials
from gomod_proxy.http_client import HttpClient, Patience
from gomod_proxy.link import MAX_TEXT
from gomod_proxy.upstream import GoProxy
from tests.goproxy_server import Answer, GoProxyServer, make_info

PATH = "github.com/google/uuid"
LIST = f"/{PATH}/@v/list"
V1 = ModuleVersion(PATH, "v1.6.0")


def http_client(seconds: float = 20) -> HttpClient:
    return HttpClient(Patience(connect=20, silence=seconds, text=seconds, zip=seconds), 8, Credentials(None))


@pytest.fixture
async def source(upstream: GoProxyServer) -> AsyncIterator[GoProxy]:
    async with http_client() as client:
        yield GoProxy(upstream.url, client)


@pytest.fixture
async def impatient(upstream: GoProxyServer) -> AsyncIterator[GoProxy]:
    """One that waits for half a second; whatever it is asked may be too late on a machine that has much to do."""
    async with http_client(seconds=0.5) as client:
        yield GoProxy(upstream.url, client)


async def test_redirects_are_followed(upstream: GoProxyServer, source: GoProxy) -> None:
    upstream.answers[LIST] = Answer(status=302, headers={"Location": "/elsewhere"})
    upstream.answers["/elsewhere"] = Answer(b"v1.0.0\n")
    assert await source.versions(PATH) == ["v1.0.0"]


async def test_a_redirect_without_an_end_is_trouble(upstream: GoProxyServer, source: GoProxy) -> None:
    upstream.answers[LIST] = Answer(status=302, headers={"Location": LIST})
    with pytest.raises(UpstreamError, match=r"(?i)redirect"):
        await source.versions(PATH)


@pytest.mark.parametrize(
    "location",
    ["http://[bad", "http://h:99999999/x", "http://h:x/", "file:///etc/passwd", "mailto:a@b", "http://a..b/"],
)
async def test_a_redirect_to_what_is_no_url_is_trouble(upstream: GoProxyServer, source: GoProxy, location: str) -> None:
    upstream.answers[LIST] = Answer(status=302, headers={"Location": location})
    with pytest.raises(UpstreamError, match="redirects to what is no URL"):
        await source.versions(PATH)


async def test_compressed_texts_are_read(upstream: GoProxyServer, source: GoProxy) -> None:
    upstream.answers[LIST] = Answer(gzip.compress(b"v1.0.0\n"), headers={"Content-Encoding": "gzip"})
    assert await source.versions(PATH) == ["v1.0.0"]


async def test_a_text_that_does_not_end_is_refused(upstream: GoProxyServer, source: GoProxy) -> None:
    upstream.answers[LIST] = Answer(
        gzip.compress(bytes(MAX_TEXT + 1)), headers={"Content-Encoding": "gzip"}
    )  # a bomb of 16 KiB
    with pytest.raises(UpstreamError, match="does not end"):
        await source.versions(PATH)


@pytest.mark.parametrize("status", [404, 410])
async def test_absence_is_told_with_upstreams_words(upstream: GoProxyServer, source: GoProxy, status: int) -> None:
    upstream.answers[LIST] = Answer(b"not found: unknown revision\nsecond line", status=status)
    with pytest.raises(NotFound, match=rf"{PATH}.*{status}.*unknown revision$"):
        await source.versions(PATH)


@pytest.mark.parametrize("status", [204, 304, 400, 401, 403, 429, 500, 503])
async def test_every_other_status_is_trouble(upstream: GoProxyServer, source: GoProxy, status: int) -> None:
    upstream.answers[LIST] = Answer(b"", status=status)
    with pytest.raises(UpstreamError, match=rf"{PATH}.*{status}"):
        await source.versions(PATH)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>log in</html>", content_type="text/html"),
        Answer(b"  <!doctype html><p>log in"),
        Answer(b"v1.0.0\n", declared_length=100),
    ],
)
async def test_what_is_no_list_is_trouble(upstream: GoProxyServer, source: GoProxy, answer: Answer) -> None:
    upstream.answers[LIST] = answer
    with pytest.raises(UpstreamError):
        await source.versions(PATH)


@pytest.mark.parametrize("at", [-1, 0, 3])
async def test_silence_is_a_time_out_wherever_it_begins(upstream: GoProxyServer, impatient: GoProxy, at: int) -> None:
    upstream.answers[LIST] = Answer(b"v1.0.0\n")
    upstream.hold(LIST, at)
    with pytest.raises(UpstreamTimeout, match=r"in time"):
        await impatient.versions(PATH)


async def test_a_zip_that_falls_silent_is_a_time_out(upstream: GoProxyServer, impatient: GoProxy) -> None:
    upstream.add(PATH, "v1.6.0")
    upstream.hold(f"/{PATH}/@v/v1.6.0.zip", at=10)
    with pytest.raises(UpstreamTimeout):
        async with impatient.zip(V1) as incoming:
            assert [piece async for piece in incoming.chunks]


async def test_nobody_there_is_trouble(upstream: GoProxyServer, source: GoProxy) -> None:
    with upstream.down(), pytest.raises(UpstreamError, match="can't be reached"):
        await source.versions(PATH)


async def test_a_password_in_the_url_is_used_and_never_told(upstream: GoProxyServer) -> None:
    upstream.answers[f"/sub{LIST}"] = Answer(b"v1.0.0\n")
    url = upstream.url.replace("http://", "http://user:s3cret@") + "/sub"
    async with http_client() as client:
        source = GoProxy(url, client)
        assert await source.versions(PATH) == ["v1.0.0"]
        assert upstream.requests[0].headers["authorization"].startswith("Basic ")
        with upstream.down(), pytest.raises(UpstreamError) as down:
            await source.versions(PATH)
        upstream.answers[f"/sub{LIST}"] = Answer(b"", status=500)
        with pytest.raises(UpstreamError) as failing:
            await source.versions(PATH)
    for error in (down.value, failing.value, down.value.__cause__):
        assert "s3cret" not in str(error)


@pytest.mark.parametrize("version", ["v2.0.0", "v1.6", "v1.6.0+meta", "nonsense", "v1.6.0/../x"])
async def test_latest_has_to_name_a_version_of_the_module(
    upstream: GoProxyServer, source: GoProxy, version: str
) -> None:
    upstream.answers[f"/{PATH}/@latest"] = Answer(make_info(version))
    with pytest.raises(UpstreamError, match="names"):
        await source.latest(PATH)


async def test_a_query_may_mean_an_incompatible_version(upstream: GoProxyServer, source: GoProxy) -> None:
    info = make_info("v2.0.0+incompatible")
    upstream.answers[f"/{PATH}/@v/v2.0.0.info"] = Answer(info)
    assert await source.query(PATH, "v2.0.0") == info
