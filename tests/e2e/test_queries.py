"""What the real go makes of queries, for own modules and for public ones, at a registry that lives below a path."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from tests.e2e.go import Go, GoFailedError
from tests.goproxy_server import Answer, GoProxyServer, make_info
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, environment
from tests.proxy.test_process import started

SDK = f"{OWN}/sdk"
DEV = "v1.3.1-0.20240102030405-0123456789ab"
TIME = "2024-01-02T03:04:05Z"
OF_A_BRANCH = "v1.1.1-0.20240102030405-fedcba987654"

PUBLISHED = [
    (SDK, "v1.0.0", "refs/tags/v1.0.0", "a" * 40),
    (SDK, "v1.2.0", "refs/heads/main", "b" * 40),
    (SDK, "v1.3.0-rc.1", "refs/tags/v1.3.0-rc.1", "c" * 40),
    (SDK, DEV, "refs/heads/dev", "0123456789ab" + "d" * 28),
    (f"{SDK}/v2", "v2.1.0", "refs/tags/v2.1.0", "e" * 40),
]
QUERIES = [
    (SDK, "latest", "v1.2.0"),
    (SDK, "v1", "v1.2.0"),
    (SDK, "v1.0", "v1.0.0"),
    (SDK, "<v1.2.0", "v1.0.0"),
    (SDK, ">v1.2.0", "v1.3.0-rc.1"),
    (SDK, "v1.3.0-rc.1", "v1.3.0-rc.1"),
    (SDK, "main", "v1.2.0"),
    (SDK, "b" * 12, "v1.2.0"),
    (SDK, "dev", DEV),
    (SDK, "0123456789ab", DEV),
    (f"{SDK}/v2", "latest", "v2.1.0"),
    ("github.com/x/y", "latest", "v1.1.0"),
    ("github.com/x/y", "v1.0", "v1.0.0"),
    ("github.com/x/y", "main", OF_A_BRANCH),
    ("github.com/x/y", "fedcba987654", OF_A_BRANCH),
    ("github.com/x/y/v5", "v5", "v5.1.0"),
    ("github.com/Upper/Case", "latest", "v1.0.0"),
    ("github.com/old/school", "latest", "v2.0.0+incompatible"),
    ("github.com/old/school", "v2", "v2.0.0+incompatible"),
    ("gopkg.in/yaml.v3", "v3", "v3.0.1"),
]


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Go, Path]]:
    """go with the registry at `/go` of its host as its only proxy, and a folder with a go.mod."""
    folder = tmp_path_factory.mktemp("queries")
    (folder / "go.mod").write_text("module example.com/program\n")
    volume = folder / "volume"
    volume.mkdir()
    for path, version, ref, commit in PUBLISHED:
        anyio.run(publish, volume, path, version, TIME, {"VCS": "git", "Ref": ref, "Hash": commit})
    with GoProxyServer() as upstream:
        for version in ("v1.0.0", "v1.1.0"):
            upstream.add("github.com/x/y", version)
        upstream.add("github.com/x/y", OF_A_BRANCH, listed=False)
        upstream.answers["/github.com/x/y/@latest"] = Answer(make_info("v1.1.0"))
        for query in ("main", "fedcba987654"):
            upstream.answers[f"/github.com/x/y/@v/{query}.info"] = Answer(make_info(OF_A_BRANCH))
        upstream.add("github.com/x/y/v5", "v5.1.0")
        upstream.add("github.com/Upper/Case", "v1.0.0")
        upstream.add("github.com/old/school", "v2.0.0+incompatible", {"x.go": b"package x\n"})
        upstream.add("gopkg.in/yaml.v3", "v3.0.1")
        with started(environment(volume, upstream.url, GOMOD_PUBLIC_URL=f"http://{OWN}/go")) as (_, url):
            variables = {"GOPROXY": f"{url}/go", "GONOPROXY": "none", "GOSUMDB": "off", "GOFLAGS": "-modcacherw"}
            yield Go(folder / "modules", variables), folder


@pytest.mark.parametrize(("path", "query", "version"), QUERIES)
def test_a_query_means_a_version(go: tuple[Go, Path], path: str, query: str, version: str) -> None:
    runner, folder = go
    assert runner.run("list", "-m", "-f", "{{.Version}}", f"{path}@{query}", cwd=folder).strip() == version


@pytest.mark.parametrize(("path", "query"), [(SDK, "gone"), (SDK, "f" * 12), ("github.com/x/y", "gone"), (SDK, "v3")])
def test_a_query_that_means_nothing_is_absent(go: tuple[Go, Path], path: str, query: str) -> None:
    runner, folder = go
    with pytest.raises(GoFailedError, match=r": 404|no matching versions"):
        runner.run("list", "-m", f"{path}@{query}", cwd=folder)


def test_versions_are_listed_in_their_order(go: tuple[Go, Path]) -> None:
    runner, folder = go
    listed = runner.run("list", "-m", "-versions", f"{SDK}@latest", cwd=folder)
    assert listed.split() == [SDK, "v1.0.0", "v1.2.0", "v1.3.0-rc.1"]
