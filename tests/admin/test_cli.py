"""The command line: what it prints, what it needs, how it ends."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gomod.errors import Malformed
from gomod_admin.__main__ import app
from gomod_admin.exits import MEANINGS, Exit
from gomod_admin.explain import parse_module_version
from tests.goproxy_server import GoProxyServer
from tests.proxy.running import OWN, environment
from tests.storage.modules import pack

OURS = pack(f"{OWN}/billing", "v1.0.0")


@pytest.fixture
def env_file(tmp_path: Path, volume: Path, upstream: GoProxyServer) -> Path:
    """The proxy's variables, as a file."""
    (volume / ".staging").mkdir()
    OURS.write_as_athens(volume)
    policy = tmp_path / "policy"
    policy.write_text("- github.com/[evil]  # brackets are no markup\n")
    lines = environment(volume, upstream.url, GOMOD_POLICY_FILE=str(policy))
    file = tmp_path / "proxy.env"
    file.write_text("# the proxy\n\n" + "".join(f"{name}={value}\n" for name, value in lines.items()))
    return file


def invoke(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_explain_tells_people_in_lines(env_file: Path) -> None:
    done = invoke("explain", "--env-file", env_file, str(OURS.module))
    assert done.exit_code == Exit.DONE
    assert done.stdout.splitlines() == [
        f"{OWN}/billing@v1.0.0",
        f"  ours       yes, below {OWN}",
        f"  policy     {env_file.with_name('policy')}: no line decides, so it may be served",
        "  stored     yes, whole",
        "  upstreams  none is ever asked for it",
        "  .info      200 LOCAL",
        "  .mod       200 LOCAL",
        "  .zip       200 LOCAL",
        "  status     200",
    ]


def test_explain_tells_machines_in_one_document(env_file: Path) -> None:
    done = invoke("explain", "--json", "--env-file", env_file, "github.com/e/x@v1.0.0")
    assert done.exit_code == Exit.NOT_SERVED
    told = json.loads(done.stdout)
    refusal = {"status": 403, "cache": "LOCAL", "text": told["answers"]["info"]["text"]}
    assert told == {
        "module": "github.com/e/x",
        "version": "v1.0.0",
        "ours": False,
        "policy_file": str(env_file.with_name("policy")),
        "rule": {"line": 1, "text": "- github.com/[evil]", "serves": False},
        "cooldown": None,
        "stored": [],
        "upstreams": [],
        "answers": {"info": refusal, "mod": refusal, "zip": refusal},
        "status": 403,
    }
    assert "(line 1: `- github.com/[evil]`)" in refusal["text"]
    assert "`- github.com/[evil]` refuses it" in done.stderr


def test_it_runs_in_the_proxys_own_environment(env_file: Path) -> None:
    variables = dict(line.split("=", 1) for line in env_file.read_text().splitlines() if line.startswith("GOMOD"))
    done = subprocess.run(
        [sys.executable, "-m", "gomod_admin", "explain", str(OURS.module)],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (Exit.DONE, "")
    assert "  status     200" in done.stdout
    assert "\x1b" not in done.stdout


def test_what_is_missing_in_the_environment_is_named(tmp_path: Path) -> None:
    file = tmp_path / "proxy.env"
    file.write_text("GOMOD_BIND=127.0.0.1:0\n")
    done = invoke("explain", "--json", "--env-file", file, str(OURS.module))
    assert done.exit_code == Exit.USAGE
    assert "GOMOD_STORAGE_URL is missing" in done.stderr
    assert json.loads(done.stdout)["error"]["kind"] == "usage"


def test_a_wrong_line_of_the_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "proxy.env"
    file.write_text("export GOMOD_BIND=127.0.0.1:0\n")
    done = invoke("explain", "--env-file", file, str(OURS.module))
    assert done.exit_code == Exit.USAGE
    assert f"{file}:1: expected NAME=value" in done.stderr


@pytest.mark.parametrize("text", ["github.com/x/y", "github.com/x/y@latest", "github.com/x/y@v1", "x@v1.0.0", "@", ""])
def test_only_canonical_versions_are_explained(text: str) -> None:
    with pytest.raises(Malformed):
        parse_module_version(text)


@pytest.mark.parametrize("command", [[], ["explain"]])
def test_help_tells_every_exit_status(command: list[str]) -> None:
    shown = " ".join(invoke(*command, "--help").stdout.split())
    for meaning in MEANINGS.values():
        assert " ".join(meaning.split()) in shown


def test_only_a_terminal_gets_colours_and_progress(volume: Path, tmp_path: Path) -> None:
    (pack("github.com/torn/lib", "v1.0.0").write_as_athens(tmp_path / "tree") / "go.mod").unlink()
    variables = {"GOMOD_STORAGE_URL": volume.as_uri(), "GOMOD_PRIVATE_PATTERNS": f"{OWN}/*", "TERM": "xterm"}
    command = [sys.executable, "-m", "gomod_admin", "import", str(tmp_path / "tree")]
    plain = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert plain.stdout.splitlines() == [
        "refused github.com/torn/lib@v1.0.0: it has no mod (torn)",
        "took in 0 versions, 0 of them ours; 0 without their zips; 0 were there already; 1 refused",
    ]
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=os.environ | variables, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        shown = "".join(_read_terminal(ours))
        assert running.wait() == Exit.REFUSED
    assert "\x1b[31mrefused" in shown
    assert "checking" in shown


def _read_terminal(descriptor: int) -> Iterator[str]:
    """What a terminal gets until the other side hangs up, which Linux tells by EIO."""
    with suppress(OSError), os.fdopen(descriptor, "rb", buffering=0) as terminal:
        while data := terminal.read(4096):
            yield data.decode(errors="replace")
