"""The version of this repository before the charts' present one, as git has it: its charts, its values, its images."""

import subprocess
from pathlib import Path

import pytest

from scripts.deploy import ROOT

COMMIT = "d2315a6c4508ca984f4d763be94b15578054d71c"  # the last one with charts of version 0.1.0
CHART_VERSION = "0.1.0"


def previous_tree(folder: Path) -> Path:
    """Its files, with images that have a tag of their own; skips where this clone's history does not reach back."""
    tree = folder / "previous"
    tree.mkdir()
    done = subprocess.run(["git", "-C", ROOT, "archive", COMMIT], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{COMMIT} is not in this clone: {done.stderr.decode()}")
    subprocess.run(["tar", "--extract", "--directory", tree], input=done.stdout, check=True)
    (tree / ".git").symlink_to(ROOT / ".git")  # the images say which revision they are of
    values = tree / "environments" / "local.env"
    values.write_text(values.read_text().replace("CLUSTER_IMAGE_TAG=local", "CLUSTER_IMAGE_TAG=previous"))
    return tree
