"""The GitHub workflow and the variables that it works with; actionlint reads it in tests/deploy/test_scripts.py."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gomod_publish.credentials import ActionsIdentity, GivenToken
from gomod_publish.run_settings import RunSettings
from scripts.deploy import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "packages-go.yml"
SCRIPT = ROOT / "scripts" / "packages-env"

# What GitHub gives to a job with `id-token: write`.
ACTIONS = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://id.test/?v=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret"}


def packages_env(*arguments: str, script: Path = SCRIPT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(script), *arguments], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})


def variables(*arguments: str) -> dict[str, str]:
    done = packages_env(*arguments)
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    jobs: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    return jobs


@pytest.mark.parametrize("environment", ["local", "staging", "production"])
def test_an_environment_and_a_job_s_identity_are_all_that_publishing_needs(
    environment: str, jobs: dict[str, Any]
) -> None:
    told = variables(environment, "--github") | {"GO_STATE_DIR": jobs["publish"]["env"]["GO_STATE_DIR"]} | ACTIONS
    settings = RunSettings.read(told)
    host = settings.registry.url.partition("://")[2]
    assert settings.registry.credential == ActionsIdentity("https://id.test/?v=1", "secret", host)
    assert settings.smoke.consumer.variables["GOPROXY"] == f"{settings.registry.url},direct"
    assert settings.smoke.consumer.variables["GOPRIVATE"] == f"{host}/*"
    assert ("GOINSECURE" in told) == settings.registry.url.startswith("http:")


def test_without_github_the_token_is_the_publisher_s_own() -> None:
    told = variables("local") | {"GO_STATE_DIR": "state", "GO_REGISTRY_TOKEN": "mine"}
    assert RunSettings.read(told).registry.credential == GivenToken("mine")


def test_a_shell_takes_the_lines_as_they_are(tmp_path: Path) -> None:
    command = f'set -a && eval "$({SCRIPT} local)" && env'
    printed = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert variables("local").items() <= dict(line.split("=", 1) for line in printed.splitlines()).items()


def test_the_documented_variables_are_all_that_publishing_needs() -> None:
    steps = (ROOT / "docs/publishing.md").read_text().partition("## From CI, in five minutes")[2]
    lines = re.sub(r"^ +", "", steps.partition("```sh\n")[2].partition("```")[0], flags=re.MULTILINE)
    printed = subprocess.run(
        ["sh", "-euc", f"{lines.replace('…', 'mine')}\nenv"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    settings = RunSettings.read(dict(line.split("=", 1) for line in printed.splitlines()))
    assert settings.registry.credential == GivenToken("mine")
    assert settings.smoke.consumer.variables["GOWORK"] == "off"
    assert settings.state.folder == Path("tmp/tilt-packages")


def test_what_an_environment_does_not_say_is_not_made_up(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "environments").mkdir()
    script = Path(shutil.copy(SCRIPT, tmp_path / "scripts"))
    done = packages_env("testing", script=script)
    assert (done.returncode, done.stdout) == (2, "")
    (tmp_path / "environments" / "testing.env").write_text("CLUSTER_SCHEME=https\nCLUSTER_HOSTNAME=\n")
    done = packages_env("testing", script=script)
    assert (done.returncode, done.stdout) == (2, "")
    assert "testing.env does not say CLUSTER_HOSTNAME" in done.stderr


def test_consumers_wait_for_both_tests(jobs: dict[str, Any]) -> None:
    assert jobs["cluster"]["needs"] == "publish"
    assert jobs["consumers"]["needs"] == ["publish", "cluster"]
    commands = [step.get("run", "") for step in jobs["cluster"]["steps"]]
    (gate,) = (command for command in commands if "helmfile -e" in command)
    assert 'helmfile -e "$PACKAGES_ENVIRONMENT" -l stage=package-registries test --logs' in gate


def test_a_job_s_identity_is_for_publishing_alone(jobs: dict[str, Any]) -> None:
    document = yaml.safe_load(WORKFLOW.read_text())
    assert document["permissions"] == {"contents": "read"}
    assert [name for name, job in jobs.items() if "id-token" in job.get("permissions", {})] == ["publish"]
    assert "GO_REGISTRY_TOKEN" not in WORKFLOW.read_text()


def test_every_variable_that_the_workflow_takes_is_explained() -> None:
    text = WORKFLOW.read_text()
    head = text.partition("\nname:")[0]
    used = set(re.findall(r"\b(?:vars|secrets)\.[A-Z_]+", text))
    assert used == set(re.findall(r"\b(?:vars|secrets)\.[A-Z_]+", head))
