"""One trace tells what a request caused: what the store was asked, what upstream was, what was committed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.goproxy_server import Answer, GoProxyServer
from tests.otlp_collector import OtlpCollector, Span
from tests.proxy.running import environment, running

PATH = "github.com/some/module"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


@pytest.fixture
def collector() -> Iterator[OtlpCollector]:
    with OtlpCollector() as started:
        yield started


def ancestors(collector: OtlpCollector, span: Span) -> list[str]:
    """The names of the spans that one is within, the innermost first."""
    by_id = {each.id: each for each in collector.spans}
    names = []
    while span.parent in by_id:
        span = by_id[span.parent]
        names.append(span.name)
    return names


async def test_a_miss_is_one_trace_from_the_gateways_span_to_the_commit(
    collector: OtlpCollector, upstream: GoProxyServer, volume: Path
) -> None:
    upstream.add(PATH, "v1.0.0")
    async with running(environment(volume, upstream.url, GOMOD_TRACES_URL=collector.url)) as proxy:
        answer = await proxy.get(f"/{PATH}/@v/v1.0.0.zip", traceparent=TRACEPARENT, x_request_id="run-17")
        assert answer.headers["x-cache"] == "MISS"
    # The proxy has ended, and has sent what it had.
    assert set(collector.paths) == {"/v1/traces"}
    request = collector.named("GET zip")
    assert (request.service, request.trace, request.parent) == ("gomod-proxy", TRACE, PARENT)
    assert request.attributes == {
        "http.request.method": "GET",
        "url.path": f"/{PATH}/@v/v1.0.0.zip",
        "http.response.status_code": 200,
        "gomod.cache": "MISS",
        "gomod.request_id": "run-17",
    }
    for name in ("upstream zip", "upstream mod", "store commit"):
        assert "GET zip" in ancestors(collector, collector.named(name)), name
    assert collector.named("store commit").attributes["gomod.subject"] == f"{PATH}@v1.0.0"
    first_look = next(span for span in collector.spans if span.name == "store zip")
    assert first_look.attributes["gomod.outcome"] == "absent"
    assert not any(span.failed for span in collector.spans)


async def test_trouble_is_marked_where_it_arose(
    collector: OtlpCollector, upstream: GoProxyServer, volume: Path
) -> None:
    upstream.answers[f"/{PATH}/@v/list"] = Answer(status=500)
    async with running(environment(volume, upstream.url, GOMOD_TRACES_URL=collector.url)) as proxy:
        assert (await proxy.get(f"/{PATH}/@v/list")).status_code == 502
    assert {span.name for span in collector.spans if span.failed} == {"GET list", "upstream versions"}


async def test_the_access_log_leads_to_the_trace_and_probes_make_none(
    collector: OtlpCollector, upstream: GoProxyServer, volume: Path
) -> None:
    environ = environment(volume, upstream.url, GOMOD_TRACES_URL=collector.url, GOMOD_LOG_LEVEL="info")
    async with running(environ) as proxy:
        with capture_logs(processors=[merge_contextvars]) as lines:
            await proxy.get("/version", traceparent=TRACEPARENT)
            await proxy.get("/readyz")
    version, readyz = [line for line in lines if line["event"] == "request"]
    assert version["trace_id"] == TRACE
    assert "trace_id" not in readyz
    assert [span.name for span in collector.spans if span.name.startswith("GET")] == ["GET version_endpoint"]


async def test_of_a_share_of_nothing_only_what_the_gateway_wants_traced_is(
    collector: OtlpCollector, upstream: GoProxyServer, volume: Path
) -> None:
    environ = environment(volume, upstream.url, GOMOD_TRACES_URL=collector.url, GOMOD_TRACES_SHARE="0")
    async with running(environ) as proxy:
        await proxy.get("/version")
        await proxy.get("/version", traceparent=TRACEPARENT)
    assert {span.trace for span in collector.spans} == {TRACE}


async def test_a_collector_that_is_away_disturbs_nobody(upstream: GoProxyServer, volume: Path) -> None:
    upstream.add(PATH, "v1.0.0")
    async with running(environment(volume, upstream.url, GOMOD_TRACES_URL="http://127.0.0.1:1/v1/traces")) as proxy:
        assert (await proxy.get(f"/{PATH}/@v/v1.0.0.info")).status_code == 200
