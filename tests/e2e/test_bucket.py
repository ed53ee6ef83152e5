"""The whole registry on a bucket: go builds through it, and a bucket out of reach is an outage and never an absence."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.go import GREETING, Go, build_and_run_hello
from tests.e2e.registry import SAMPLE, UUID, Registry, local_values, running_registry
from tests.goproxy_server import GoProxyServer
from tests.storage.object_servers import Seaweed
from tests.waiting import wait_for


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seaweed]:
    folder = tmp_path / "seaweed"
    folder.mkdir()
    with Seaweed(folder) as server:
        for variable, value in server.environment.items():
            monkeypatch.setenv(variable, value)
        yield server


@pytest.fixture
def registry(tmp_path: Path, upstream: GoProxyServer, server: Seaweed) -> Iterator[Registry]:
    state = tmp_path / "state"
    url = f"{server.url}/e2e?staging={state}/staging"
    with running_registry(local_values(state, upstream.url, GOMOD_STORAGE_URL=url)) as running:
        yield running


def test_go_builds_and_an_outage_of_the_bucket_is_no_absence(
    registry: Registry, go: Go, server: Seaweed, upstream: GoProxyServer, tmp_path: Path
) -> None:
    version = registry.publish_sample()
    assert build_and_run_hello(go, tmp_path / "hello", version) == GREETING
    paths = [f"/{SAMPLE}/@v/{version}.zip", f"/{UUID}/@v/v1.6.0.zip", f"/{SAMPLE}/@v/list"]
    before = {path: registry.get(path).body for path in paths}
    assert before[f"/{UUID}/@v/v1.6.0.zip"] == upstream.body(f"/{UUID}/@v/v1.6.0.zip")
    upstream.forget()
    server.kill()
    for path in [*paths, f"/{SAMPLE}/@v/v9.9.9.info", "/readyz"]:
        assert registry.get(path).status == 503
    server.start()
    wait_for(lambda: registry.get("/readyz").status == 200, "the bucket to be there again")
    assert {path: registry.get(path).body for path in paths} == before
    assert registry.get(f"/{SAMPLE}/@v/v9.9.9.info").status == 404
    assert upstream.asked() == []
