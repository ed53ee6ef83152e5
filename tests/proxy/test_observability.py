"""What the log and the metrics tell of one request, and of what it caused."""

import asyncio
from pathlib import Path

from prometheus_client import REGISTRY
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.goproxy_server import Answer, GoProxyServer
from tests.proxy.running import Running, environment, running

PATH = "github.com/some/module"
ZIP = f"/{PATH}/@v/v1.0.0.zip"


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_one_line_of_the_log_has_all_there_is_to_know(upstream: GoProxyServer, volume: Path) -> None:
    upstream.add(PATH, "v1.0.0")
    async with running(environment(volume, upstream.url, GOMOD_LOG_LEVEL="info")) as proxy:
        with capture_logs(processors=[merge_contextvars]) as lines:
            answer = await proxy.get(ZIP, x_request_id="run-17")
            await proxy.get(f"/{PATH}/@v/main.info")
    zip_line, query_line = [line for line in lines if line["event"] == "request"]
    assert {name: zip_line[name] for name in ("request_id", "module", "version", "status", "bytes", "cache")} == {
        "request_id": "run-17",
        "module": PATH,
        "version": "v1.0.0",
        "status": 200,
        "bytes": len(answer.content),
        "cache": "MISS",
    }
    assert zip_line["ms"] > 0
    assert (query_line["module"], query_line["version"]) == (PATH, "main")
    (kept,) = [line for line in lines if line["event"] == "module_kept"]
    assert (kept["request_id"], kept["module"], kept["version"]) == ("run-17", PATH, "v1.0.0")


async def test_what_upstream_sends_and_how_long_it_takes_is_counted(proxy: Running, upstream: GoProxyServer) -> None:
    upstream.add(PATH, "v1.0.0")
    before = value("gomod_upstream_bytes_total", upstream="127.0.0.1")
    zips = value("gomod_upstream_seconds_count", operation="zip", outcome="done")
    commits = value("gomod_store_seconds_count", operation="commit", outcome="done")
    answer = await proxy.get(ZIP)
    assert value("gomod_upstream_bytes_total", upstream="127.0.0.1") - before >= len(answer.content)
    assert value("gomod_upstream_seconds_count", operation="zip", outcome="done") == zips + 1
    assert value("gomod_store_seconds_count", operation="commit", outcome="done") == commits + 1


async def test_absence_and_trouble_upstream_are_told_apart(proxy: Running, upstream: GoProxyServer) -> None:
    def ended(outcome: str) -> float:
        return value("gomod_upstream_seconds_count", operation="mod", outcome=outcome)

    absent, failed = ended("absent"), ended("failed")
    await proxy.get(f"/{PATH}/@v/v1.9.9.mod")
    upstream.answers[f"/{PATH}/@v/v1.0.0.mod"] = Answer(status=500)
    await proxy.get(f"/{PATH}/@v/v1.0.0.mod")
    assert (ended("absent"), ended("failed")) == (absent + 1, failed + 1)


async def test_those_who_wait_for_work_of_others_are_counted(
    proxy: Running, upstream: GoProxyServer, volume: Path
) -> None:
    upstream.add(PATH, "v1.0.0")
    path = f"/{PATH}/@v/v1.0.0.mod"
    before = value("gomod_flights_joined_total")
    gate = upstream.hold(path, at=0)
    asking = [asyncio.create_task(proxy.get(path)) for _ in range(3)]
    async with asyncio.timeout(60):
        while value("gomod_flights_joined_total") < before + 2:
            await asyncio.sleep(0.005)
    gate.set()
    assert {answer.status_code for answer in await asyncio.gather(*asking)} == {200}
    assert (volume / ".parts").exists()
