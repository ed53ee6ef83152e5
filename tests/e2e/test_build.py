"""A developer builds with the registry between go and the world."""

from pathlib import Path

from tests.e2e.go import GREETING, Go, build_and_run_hello
from tests.e2e.registry import PRIVATE, SAMPLE, UUID, Registry, fetch, local_values, running_registry
from tests.goproxy_server import GoProxyServer


def test_a_program_on_a_private_and_a_public_module_builds_and_runs(
    registry: Registry, go: Go, upstream: GoProxyServer, tmp_path: Path
) -> None:
    version = registry.publish_sample()
    assert version == "v1.0.0"
    assert build_and_run_hello(go, tmp_path / "hello", version) == GREETING
    assert upstream.asked(f"/{UUID}/@v/v1.6.0.zip") == [f"/{UUID}/@v/v1.6.0.zip"]
    assert not [path for path in upstream.asked() if "ameide" in path or PRIVATE in path]


def test_publishing_the_same_sample_again_is_a_success(registry: Registry) -> None:
    assert registry.publish_sample() == "v1.0.0"
    before = {kind: registry.get(f"/{SAMPLE}/@v/v1.0.0.{kind}").body for kind in ("info", "mod", "zip")}
    assert registry.publish_sample() == "v1.0.0"
    assert {kind: registry.get(f"/{SAMPLE}/@v/v1.0.0.{kind}").body for kind in before} == before


def test_a_public_module_is_fetched_from_upstream_once(registry: Registry, upstream: GoProxyServer) -> None:
    paths = [f"/{UUID}/@v/v1.6.0.{kind}" for kind in ("info", "mod", "zip")]
    first = [registry.get(path) for path in paths]
    assert [answer.headers["x-cache"] for answer in first] == ["MISS", "MISS", "MISS"]
    assert sorted(upstream.asked()) == sorted(paths)
    upstream.forget()
    again = [registry.get(path) for path in paths]
    assert [answer.headers["x-cache"] for answer in again] == ["HIT", "HIT", "HIT"]
    assert (
        [answer.body for answer in again]
        == [answer.body for answer in first]
        == [upstream.body(path) for path in paths]
    )
    assert upstream.asked() == []


def test_a_public_module_comes_from_the_machines_own_mirror_too(
    tmp_path: Path, outer_goproxy: list[str], upstream: GoProxyServer
) -> None:
    # No loopback double: the proxy's upstream is what `go env GOPROXY` names.
    with running_registry(local_values(tmp_path / "state", ",".join(outer_goproxy))) as registry:
        path = f"/{UUID}/@v/v1.6.0.zip"
        assert [registry.get(path).headers["x-cache"] for _ in range(2)] == ["MISS", "HIT"]
        assert registry.get(f"/{UUID}/@v/v1.6.0.mod").body == upstream.body(f"/{UUID}/@v/v1.6.0.mod")


def test_every_answer_says_where_it_came_from_and_has_a_request_id(registry: Registry) -> None:
    registry.publish_sample()
    for path, status, cache in (
        (f"/{SAMPLE}/@v/v1.0.0.info", 200, "LOCAL"),
        (f"/{SAMPLE}/@v/list", 200, "LOCAL"),
        (f"/{UUID}/@v/list", 200, "MISS"),
        (f"/{SAMPLE}/@v/v9.9.9.info", 404, "LOCAL"),
        ("/github.com/nobody/nothing/@v/list", 404, "MISS"),
        ("/healthz", 200, "LOCAL"),
        ("/", 200, "LOCAL"),
    ):
        answer = registry.get(path)
        assert (answer.status, answer.headers.get("x-cache")) == (status, cache), path
        assert answer.headers["x-request-id"]


def test_metrics_never_pass_the_gateway(registry: Registry) -> None:
    assert registry.get("/metrics").status == 404
    for service in ("PROXY", "UPLOADER"):
        admin = registry.values[f"{service}_ADMIN_BIND"]
        assert b"gomod_requests_total" in fetch(f"http://{admin}", "/metrics").body


def test_the_volume_itself_is_a_goproxy(registry: Registry, go: Go, tmp_path: Path) -> None:
    version = registry.publish_sample()
    assert build_and_run_hello(go, tmp_path / "through-the-proxy", version) == GREETING
    variables = {**go.variables, "GOPROXY": f"file://{registry.volume}"}
    reader = Go(tmp_path / "modules-of-reader", variables)
    assert build_and_run_hello(reader, tmp_path / "from-the-volume", version) == GREETING
    listed = reader.run("list", "-m", "-versions", SAMPLE, cwd=tmp_path / "from-the-volume")
    assert listed.split() == [SAMPLE, "v1.0.0"]
    sums = [(tmp_path / name / "go.sum").read_text() for name in ("through-the-proxy", "from-the-volume")]
    assert sums[0] == sums[1]
    assert f"{SAMPLE} v1.0.0 h1:" in sums[0]
