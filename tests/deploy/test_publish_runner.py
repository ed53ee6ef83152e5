"""What the helm test's pod runs: a step that fails fails it, and its last line says where to read on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.deploy import ROOT
from tests.deploy.conftest import Rendered
from tests.deploy.rendering import one

RUNNER = ROOT / "services" / "uploader" / "package-go-runner.sh"
SECTION = "The publish test fails"


def test_a_run_that_fails_ends_with_its_status_and_names_the_section_of_the_runbook(rendered: Rendered) -> None:
    (container,) = one(rendered["production", "packages-go"], "Pod")["spec"]["containers"]
    (runbook,) = [each["value"] for each in container["env"] if each["name"] == "RUNBOOK_URL"]
    # The real client, told nothing: it says what is missing and ends with 2.
    done = subprocess.run(
        ["sh", RUNNER, *container["args"]],
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "RUNBOOK_URL": runbook},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "GO_REGISTRY_URL is not set" in done.stderr
    page, _, heading = done.stderr.splitlines()[-1].rpartition(" ")[2].partition("#")
    assert page.endswith("docs/operations.md")
    assert heading == SECTION.lower().replace(" ", "-")
    assert f"### {SECTION}\n" in (ROOT / "docs" / "operations.md").read_text()


@pytest.mark.parametrize("status", [0, 4, 6])
def test_its_status_is_that_of_the_client_where_the_chart_has_set_nothing(tmp_path: Path, status: int) -> None:
    client = tmp_path / "gomod-publish"
    client.write_text(f"#!/bin/sh\nexit {status}\n")
    client.chmod(0o755)
    done = subprocess.run(
        ["sh", RUNNER, "/modules/x"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "GO_STATE_DIR": "state"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    if status == 0:
        assert done.stdout.endswith("put down in state: /modules/x\n")
    else:
        assert done.stderr.endswith(f"docs/operations.md#{SECTION.lower().replace(' ', '-')}\n")
