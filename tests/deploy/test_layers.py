"""The layers as the real helmfile reads them, and the files of the environments."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from scripts.deploy import ROOT
from scripts.local.environment import read_environment
from tests.deploy.conftest import HeavyTools, Rendered
from tests.deploy.rendering import CHARTS, ENVIRONMENTS, UPSTREAMS, Charts, Document

needs_helmfile = pytest.mark.may_skip(reason="helmfile takes minutes to compile; scripts/tools helmfile does")


class Helmfile:
    """helmfile over a copy of the repository's deployment."""

    def __init__(self, program: Path, helm: Path, root: Path) -> None:
        self._program = program
        self._root = root
        self._environ = {
            "PATH": f"{helm.parent}:{os.environ['PATH']}",
            "HOME": str(root),
            "HELMFILE_UPGRADE_NOTICE_DISABLED": "1",
            "GOMOD_UPSTREAMS": UPSTREAMS,
        }
        for name in ("deploy", "gateway", "environments"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("charts", "Chart.lock"))

    def run(self, *arguments: str, without: str = "", programs: Path | None = None) -> subprocess.CompletedProcess[str]:
        """helmfile's answer; `without` names a variable that is not in its environment, `programs` are found first."""
        environ = {name: value for name, value in self._environ.items() if name != without}
        if programs is not None:
            environ["PATH"] = f"{programs}:{environ['PATH']}"
        return subprocess.run(
            [str(self._program), "--quiet", *arguments],
            cwd=self._root / "deploy" / "helmfile",
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def helmfile(heavy: HeavyTools, charts: Charts, tmp_path_factory: pytest.TempPathFactory) -> Helmfile:
    return Helmfile(heavy.program("helmfile"), charts.helm, tmp_path_factory.mktemp("helmfile"))


def by_name(documents: list[Document]) -> dict[tuple[str, str], Document]:
    return {(document["kind"], document["metadata"]["name"]): document for document in documents}


@needs_helmfile
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_helmfile_renders_what_the_other_tests_judge(helmfile: Helmfile, rendered: Rendered, environment: str) -> None:
    done = helmfile.run("--environment", environment, "template")
    assert done.returncode == 0, done.stderr
    documents = [each for each in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if each]
    expected = [document for chart in CHARTS for document in rendered[environment, chart]]
    assert by_name(documents) == by_name(expected)


@needs_helmfile
def test_routes_come_after_what_they_lead_to(helmfile: Helmfile) -> None:
    done = helmfile.run("--environment", "production", "show-dag")
    assert done.returncode == 0, done.stderr
    groups = {words[1]: int(words[0]) for line in done.stdout.splitlines() if (words := line.split())[0].isdigit()}
    assert groups["ameide/gateway"] > max(groups["ameide/gomod-proxy"], groups["ameide/gomod-uploader"])


@needs_helmfile
def test_layer_27_is_not_installed_before_the_services_of_layer_25_are_ready(
    helmfile: Helmfile, tmp_path: Path
) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\necho no such deployment\nexit 1\n')
    kubectl.chmod(0o755)
    layer = "27-package-go.yaml.gotmpl"
    done = helmfile.run("--file", layer, "--environment", "staging", "sync", programs=tmp_path)
    assert done.returncode != 0
    assert "no such deployment" in done.stdout + done.stderr
    assert (tmp_path / "asked").read_text().splitlines() == [
        "--namespace=ameide rollout status deployment/gomod-proxy --timeout=300s"
    ]
    assert "UPGRADE FAILED" not in done.stderr  # helm was not even asked
    assert "cluster unreachable" not in done.stderr


@needs_helmfile
def test_the_documented_selector_finds_every_release(helmfile: Helmfile) -> None:
    done = helmfile.run(
        "--environment", "staging", "--selector", "stage=package-registries", "list", "--output", "json"
    )
    assert done.returncode == 0, done.stderr
    for chart in CHARTS:
        assert f'"name":"{chart}","namespace":"ameide"' in done.stdout


@needs_helmfile
def test_what_stands_in_no_file_is_asked_for(helmfile: Helmfile) -> None:
    done = helmfile.run("--environment", "production", "template", without="GOMOD_UPSTREAMS")
    assert done.returncode != 0
    assert "GOMOD_UPSTREAMS" in done.stderr


@needs_helmfile
def test_an_environment_that_is_not_there_is_refused(helmfile: Helmfile) -> None:
    done = helmfile.run("--environment", "prodution", "template")
    assert done.returncode != 0
    assert "prodution" in done.stderr


def test_the_files_of_all_environments_say_the_same_things() -> None:
    def names(environment: str) -> set[str]:
        path = ROOT / "environments" / f"{environment}.env"
        return set(read_environment(path, given={"ROOT": str(ROOT)}, required=()))

    assert names("staging") == names("production")
    assert names("production") < names("local")  # which also says what runs without a cluster


def test_layers_read_no_value_that_refers_to_another() -> None:
    # helmfile takes the lines as they stand: only scripts/up replaces ${…}.
    used = {
        word.removeprefix(".Values.")
        for path in (ROOT / "deploy" / "helmfile").rglob("*.gotmpl")
        for word in path.read_text().replace("$.Values", ".Values").split()
        if word.startswith(".Values.")
    }
    assert "CLUSTER_HOSTNAME" in used
    for environment in ENVIRONMENTS:
        for line in (ROOT / "environments" / f"{environment}.env").read_text().splitlines():
            name, _, value = line.partition("=")
            assert name not in used or "${" not in value, f"{environment}: {line}"


def test_no_environment_holds_a_secret_or_the_address_of_upstream() -> None:
    for environment in ENVIRONMENTS:
        path = ROOT / "environments" / f"{environment}.env"
        names = read_environment(path, given={"ROOT": str(ROOT)}, required=())
        assert not {"GO_REGISTRY_TOKEN", "GOMOD_UPSTREAMS", "VAULT_TOKEN"} & set(names)
