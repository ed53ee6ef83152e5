"""The scripts around the deployment: linted, refusing to guess, and keeping what they say."""

import os
import subprocess
from pathlib import Path

import pytest

from scripts.deploy import ROOT
from scripts.deploy.toolbox import Toolbox
from scripts.local.venv import tool

SHELL = (
    "scripts/test-cluster",
    "scripts/tools",
    "scripts/run-helm-layer.sh",
    "scripts/packages-env",
    "scripts/sync-go-packages-state.sh",
    "scripts/build-local-packages-images.sh",
    "services/uploader/package-go-runner.sh",
)
DOCKERFILES = (
    "services/proxy/Dockerfile",
    "services/uploader/Dockerfile",
    "services/uploader/publisher.Dockerfile",
)


def run(*command: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environ}
    return subprocess.run([str(word) for word in command], env=given, capture_output=True, text=True, check=False)


def program(folder: Path, name: str, text: str) -> None:
    """A program of the test's own, in the place of a real one."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("script", SHELL)
def test_shellcheck_finds_nothing(script: str) -> None:
    done = run(tool("shellcheck"), ROOT / script)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_hadolint_finds_nothing(dockerfile: str) -> None:
    done = run(tool("hadolint"), ROOT / dockerfile)
    assert done.returncode == 0, done.stdout


def test_yamllint_finds_nothing() -> None:
    files = [
        *ROOT.glob("deploy/helm/*/*.yaml"),
        *ROOT.glob("gateway/[Cv]*.yaml"),
        *ROOT.glob("deploy/helmfile/*.yaml"),
    ]
    assert len(files) >= 8
    rules = "{extends: default, rules: {line-length: disable, document-start: disable, comments-indentation: disable}}"
    done = run(tool("yamllint"), "--strict", "--config-data", rules, *files)
    assert done.returncode == 0, done.stdout


def test_actionlint_finds_nothing(box: Toolbox) -> None:
    workflows = sorted(ROOT.glob(".github/workflows/*.y*ml"))
    done = run(box.ensure("actionlint") / "actionlint", "-shellcheck", tool("shellcheck"), *workflows)
    assert workflows
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_an_image_runs_as_nobody_in_particular_and_names_no_host(dockerfile: str) -> None:
    text = (ROOT / dockerfile).read_text()
    users = [line for line in text.splitlines() if line.startswith("USER")]
    assert set(users) == {"USER 65532:65532"}  # the charts' runAsUser
    assert "HEALTHCHECK" not in text  # probes do that
    assert "://" not in text
    assert all(":" in line or "${BASE}" in line or "AS" in line or "FROM publisher" in line
               for line in text.splitlines() if line.startswith("FROM"))  # fmt: skip


@pytest.mark.parametrize("script", [script for script in SHELL if script.startswith("scripts/")])
def test_a_script_explains_itself(script: str) -> None:
    done = run(ROOT / script, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: ")


def test_tools_that_are_not_cached_are_not_made_when_only_cached_ones_are_wanted(tmp_path: Path) -> None:
    done = run(ROOT / "scripts/tools", "--cached", "helm", XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == "scripts/tools: helm is not there\n"
    assert list(tmp_path.iterdir()) == []


def test_the_cluster_is_left_alone_where_its_tools_are_not_cached(tmp_path: Path) -> None:
    done = run(ROOT / "scripts/test-cluster", "--if-cached", XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].endswith("nothing is done")
    assert list(tmp_path.iterdir()) == []


def test_a_layer_is_run_in_a_named_environment_or_not_at_all() -> None:
    done = run(ROOT / "scripts/run-helm-layer.sh", "27")
    assert done.returncode == 2
    assert "not given: ENV (or HELMFILE_ENVIRONMENT) GOMOD_UPSTREAMS; nothing was done" in done.stderr
    for layer, environment in (("26", "local"), ("27", "prodution")):
        assert run(ROOT / "scripts/run-helm-layer.sh", layer, environment, GOMOD_UPSTREAMS="off").returncode == 2


@pytest.fixture
def layer_tree(tmp_path: Path) -> Path:
    """A repository with the script, a layer, an environment, and programs of the test's own."""
    for name in ("scripts", "deploy/helmfile", "environments", "bin"):
        (tmp_path / name).mkdir(parents=True)
    script = tmp_path / "scripts" / "run-helm-layer.sh"
    script.write_text((ROOT / "scripts/run-helm-layer.sh").read_text())
    script.chmod(0o755)
    (tmp_path / "deploy/helmfile/27-package-go.yaml.gotmpl").touch()
    (tmp_path / "environments/local.env").touch()
    for name in ("helm", "kubectl"):
        program(tmp_path / "bin", name, "exit 0")
    return tmp_path


def run_layer(tree: Path, helmfile: str) -> subprocess.CompletedProcess[str]:
    program(tree / "bin", "helmfile", helmfile)
    path = f"{tree / 'bin'}:{os.environ['PATH']}"
    return run(tree / "scripts/run-helm-layer.sh", "27", "local", PATH=path, GOMOD_UPSTREAMS="off", HOME=str(tree))


def test_a_layer_is_synced_then_tested_and_its_logs_stay(layer_tree: Path) -> None:
    done = run_layer(layer_tree, 'echo "helmfile $*"')
    assert done.returncode == 0, done.stderr
    layer = layer_tree / "deploy/helmfile/27-package-go.yaml.gotmpl"
    assert done.stdout.splitlines() == [
        f"helmfile --file {layer} --environment local sync",
        f"helmfile --file {layer} --environment local test --logs",
    ]
    logs = sorted((layer_tree / "logs" / "helm-tests").iterdir())
    assert [log.name.rpartition("-")[2] for log in logs] == ["sync.log", "test.log"]
    assert all(log.name.startswith("27-package-go-local-") for log in logs)
    assert "".join(log.read_text() for log in logs) == done.stdout


@pytest.mark.parametrize(("step", "section"), [("sync", "A rollout does not end"), ("test", "The publish test fails")])
def test_a_failing_step_ends_the_script_and_names_the_runbook(layer_tree: Path, step: str, section: str) -> None:
    done = run_layer(layer_tree, f'case "$*" in *" {step}"*) echo broken; exit 7 ;; esac')
    assert done.returncode == 7
    assert "broken" in done.stdout
    assert f'docs/operations.md, "{section}"' in done.stderr
    assert f"### {section}\n" in (ROOT / "docs/operations.md").read_text()


def build(tmp_path: Path, *arguments: str) -> tuple[int, list[str]]:
    """What the builder was told, by a builder that only writes it down."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    program(tmp_path / "bin", "buildah", f'echo "$*" >> {tmp_path}/asked')
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    done = run(
        ROOT / "scripts/build-local-packages-images.sh", *arguments, PATH=path, PIP_INDEX_URL="http://index.example"
    )
    asked = tmp_path / "asked"
    return done.returncode, asked.read_text().splitlines() if asked.exists() else []


def test_only_the_images_asked_for_are_built(tmp_path: Path) -> None:
    status, (command,) = build(tmp_path, "staging", "gomod-uploader")
    assert status == 0
    assert "--tag registry.ameide.io/packages/staging/gomod-uploader:0.1.0 " in command
    assert f"--file {ROOT}/services/uploader/Dockerfile " in command
    assert "--build-arg PIP_INDEX_URL=http://index.example " in command


def test_an_archive_is_written_for_clusters_without_a_registry(tmp_path: Path) -> None:
    status, commands = build(tmp_path, "--archive", str(tmp_path / "out"), "local", "gomod-proxy")
    assert status == 0
    image = "localhost/gomod-proxy:local"
    assert commands[1] == f"push --quiet {image} oci-archive:{tmp_path}/out/gomod-proxy.oci.tar:{image}"


def test_an_image_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    assert build(tmp_path, "local", "athens") == (2, [])
    assert build(tmp_path, "nowhere", "gomod-proxy") == (2, [])
