"""The commands of docs/publishing.md, run as they stand there, and what a person reads in a terminal."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.uploader.running import TOKEN, Uploader
from tests.uploader.sample import MODULE, parts

PAGE = (Path(__file__).parents[2] / "docs/publishing.md").read_text()
BY_HAND = PAGE.split("\n## By hand\n")[1]
PUBLISH, WITHDRAW = re.findall(r"```sh\n(.*?)```", BY_HAND, re.DOTALL)[:2]
(RECEIPT,) = re.findall(r"```json\n(\{\n  \"module.*?)```", BY_HAND, re.DOTALL)

pytestmark = [
    pytest.mark.may_skip(reason="curl is not among what scripts/install installs"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where somebody has the three files of v1.0.0."""
    sent = parts(version="v1.0.0")
    for name, kind in (("v1.0.0.info", "info"), ("go.mod", "mod"), ("v1.0.0.zip", "zip")):
        (tmp_path / name).write_bytes(sent[kind])
    return tmp_path


def run(command: str, folder: Path, uploader: Uploader) -> str:
    """What the command prints, for our module and our uploader."""
    script = f"M={MODULE}\n{re.sub('^M=.*', '', command, flags=re.MULTILINE)}"
    environ = {"PATH": "/usr/bin:/bin", "GO_REGISTRY_TOKEN": TOKEN, "GO_REGISTRY_URL": str(uploader.client.base_url)}
    done = subprocess.run(["sh", "-ec", script], cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_pages_commands_publish_and_withdraw(uploader: Uploader, folder: Path) -> None:
    receipt = json.loads(run(PUBLISH, folder, uploader))
    example = json.loads(RECEIPT)
    assert list(receipt) == list(example)
    assert list(receipt["files"]["info"]) == list(example["files"]["info"])
    assert (receipt["module"], receipt["version"]) == (MODULE, example["version"])
    assert json.loads(run(WITHDRAW, folder, uploader))["withdrawn"] is True


def test_a_refusal_has_one_line_with_everything_for_a_person(uploader: Uploader, folder: Path) -> None:
    (folder / "go.mod").write_bytes(b"module go.corp.example/other\n")
    printed = run(PUBLISH.replace("v1.0.0 ", "v1.0 "), folder, uploader)
    (line,) = [line for line in printed.splitlines() if '"detail"' in line]
    assert "version 'v1.0' invalid: not canonical; that would be v1.0.0" in line
    assert ".info says Version 'v1.0.0', the upload says 'v1.0'" in line
    assert f"go.mod declares module 'go.corp.example/other', the upload says '{MODULE}'" in line
