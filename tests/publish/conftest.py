"""Every test of the publish client runs without this machine's git and go settings."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import respx

from gomod.info import Info, Origin, format_info
from gomod.module import ModuleVersion
from gomod.modzip import create
from gomod_publish.packed import Packed
from gomod_publish.tree import FileFromMemory
from scripts.deploy.recipes import toolbox
from tests.deploy.rendering import Charts, one
from tests.publish.api_server import RUNNER, ApiServer, missing, running_api_server
from tests.publish.api_server_double import running_double
from tests.publish.registry import FakeRegistry
from tests.publish.repository import DirectGo, GitRepository

HOST_PATH = "go.example.test/repo.git"
"""A path whose `.git` tells go where the repository is: it asks nobody for a meta tag."""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No GIT_*, GO* variables and no configuration but ours."""
    for name in os.environ:
        if name.startswith(("GIT_", "GO")):
            monkeypatch.delenv(name)
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Ann Author\n\temail = ann@example.test\n[advice]\n\tdetachedHead = false\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    """An empty repository whose remote is called as go calls it."""
    made = GitRepository(tmp_path / "repository")
    made.git("remote", "add", "origin", "https://go.example.test/repo")
    return made


@pytest.fixture
def go(tmp_path: Path, repository: GitRepository) -> DirectGo:
    """The go command, for which the repository is the one at HOST_PATH."""
    return DirectGo(tmp_path / "go-home", "https://go.example.test/repo", repository.path)


@pytest.fixture
def packed(tmp_path: Path) -> Packed:
    """A version that is ready to be sent, made without git."""
    module = ModuleVersion("go.example.test/x", "v1.0.0")
    base = tmp_path / "packed/go.example.test/x/@v"
    base.mkdir(parents=True)
    go_mod = FileFromMemory("go.mod", b"module go.example.test/x\n")
    create(base / "v1.0.0.zip", module, [go_mod, FileFromMemory("x.go", b"package x\n")])
    (base / "v1.0.0.mod").write_bytes(go_mod.data)
    origin = Origin(vcs="git", hash="c0ffee", ref="refs/tags/v1.0.0")
    (base / "v1.0.0.info").write_bytes(format_info(Info("v1.0.0", datetime(2024, 1, 2, tzinfo=UTC), origin)))
    return Packed.read(tmp_path / "packed", module)


@pytest.fixture(scope="session")
def runner_role(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The publish runner's ServiceAccount and rights, as the chart packages-go has them."""
    charts = Charts(toolbox().ensure("helm") / "helm", tmp_path_factory.mktemp("charts"))
    documents = charts.render("packages-go", charts.values("local")["packages-go"])
    return [one(documents, kind, RUNNER) for kind in ("ServiceAccount", "Role", "RoleBinding")]


@pytest.fixture(scope="session")
def real_api_server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[ApiServer]:
    """A real API server; skips where there is none."""
    if lacking := missing():
        pytest.skip(f"a real API server needs {lacking}")
    with running_api_server(tmp_path_factory.mktemp("kubernetes"), request.getfixturevalue("runner_role")) as running:
        yield running


@pytest.fixture(
    params=[
        "double",
        pytest.param("real", marks=pytest.mark.may_skip(reason="kube-apiserver takes minutes to compile")),
    ]
)
def api_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiServer]:
    """An API server with an empty ConfigMap for the state: the stand-in, and the real one where it is there."""
    if request.param == "real":
        running: ApiServer = request.getfixturevalue("real_api_server")
        running.make_configmap()
        yield running
        return
    with running_double(tmp_path) as double:
        double.make_configmap()
        yield double


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    """A registry that every request of httpx goes to."""
    with respx.mock as router:
        yield FakeRegistry(router)
