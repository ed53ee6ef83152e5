"""With upstream away, what is stored keeps working, and what can't be known is never said to be absent."""

from pathlib import Path

import pytest

from tests.e2e.go import GREETING, Go, GoFailedError, build_and_run_hello
from tests.e2e.registry import SAMPLE, UUID, Registry
from tests.goproxy_server import GoProxyServer


def test_everything_stored_still_builds(registry: Registry, go: Go, upstream: GoProxyServer, tmp_path: Path) -> None:
    version = registry.publish_sample()
    assert build_and_run_hello(go, tmp_path / "before", version) == GREETING
    with upstream.down():
        clean = Go(tmp_path / "clean-modules", go.variables)
        assert build_and_run_hello(clean, tmp_path / "during", version) == GREETING


def test_the_list_and_latest_do_not_regress(registry: Registry, upstream: GoProxyServer) -> None:
    registry.publish_sample()
    assert registry.get(f"/{UUID}/@v/v1.6.0.zip").status == 200
    paths = [f"/{module}/{what}" for module in (SAMPLE, UUID) for what in ("@v/list", "@latest")]
    before = {path: registry.get(path) for path in paths}
    assert before[f"/{UUID}/@v/list"].body == b"v1.6.0\n"
    with upstream.down():
        during = {path: registry.get(path) for path in paths}
    assert {path: (answer.status, answer.body) for path, answer in during.items()} == {
        path: (200, answer.body) for path, answer in before.items()
    }


@pytest.mark.parametrize(
    "path",
    [f"/{UUID}/@v/v1.5.0.info", f"/{UUID}/@v/v1.5.0.zip", "/example.org/never/seen/@v/list", f"/{UUID}/@v/main.info"],
)
def test_what_is_unknown_is_a_gateway_error_and_never_absent(
    registry: Registry, upstream: GoProxyServer, path: str
) -> None:
    with upstream.down():
        assert registry.get(path).status in (502, 504)


def test_a_private_name_that_is_not_there_is_absent_and_nobody_was_asked(
    registry: Registry, upstream: GoProxyServer
) -> None:
    for path in (f"/{SAMPLE}/@v/v7.0.0.info", f"/{SAMPLE}/@latest", f"/{SAMPLE}x/@v/list"):
        assert registry.get(path).status == 404
    assert upstream.asked() == []


def test_go_with_direct_behind_us_is_not_sent_away_by_an_outage(
    registry: Registry, go: Go, upstream: GoProxyServer, tmp_path: Path
) -> None:
    (tmp_path / "go.mod").write_text("module example.com/x\n")
    # Were go to fall through to direct, it would say that it can't find the host.
    direct = Go(go.cache, {**go.variables, "GOPROXY": f"{registry.url},direct"})
    with upstream.down(), pytest.raises(GoFailedError, match=r"50[24]") as caught:
        direct.run("get", "nowhere.invalid/module@v1.0.0", cwd=tmp_path)
    assert "lookup" not in str(caught.value)
