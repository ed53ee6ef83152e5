"""The Tiltfile, read by a real Starlark, its commands run as Tilt would: nothing is built before packages:health."""

import os
import subprocess
from pathlib import Path

import pytest
import starlark as sl

from scripts.deploy import ROOT
from tests.publish.tiltfile import read


def test_nothing_is_built_before_the_packages_are_healthy() -> None:
    resources = read(environment="local", consumer=["examples/hello", "services/x"])
    assert set(resources) == {"packages:state", "packages:health", "hello", "x"}
    assert resources["packages:health"].resource_deps == ["packages:state"]
    for name in ("hello", "x"):
        assert resources[name].resource_deps == ["packages:health"]
    assert resources["hello"].deps == ["examples/hello"]


def test_the_environment_must_be_said() -> None:
    with pytest.raises(sl.StarlarkError, match="say which environment"):
        read(consumer=["examples/hello"])


@pytest.mark.parametrize("name", ["packages:state", "packages:health", "hello"])
def test_every_command_is_a_script_that_shells_read(name: str) -> None:
    command = read(environment="local", consumer=["examples/hello"])[name].cmd
    done = subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_ask_for_the_state_of_the_environment_s_namespace(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\nexit 7\n')
    kubectl.chmod(0o755)
    resources = read(environment="local", consumer=[])
    for name in ("packages:state", "packages:health"):
        environ = {"PATH": f"{kubectl.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
        done = subprocess.run(["sh", "-c", resources[name].cmd], cwd=ROOT, env=environ, capture_output=True, text=True)
        assert done.returncode == 7, done.stderr
    asked = "--namespace ameide get configmap go-packages-state --output json"
    assert (tmp_path / "asked").read_text().splitlines() == [asked, asked]
