"""The uploader as a program: what it must be told, and how it stops."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.uploader.raw import connected
from tests.uploader.running import environment, running, wait_until
from tests.uploader.sample import parts


def run(environ: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gomod_uploader", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path, tmp_path / "modules")


def test_every_missing_variable_is_named_at_once(environ: dict[str, str]) -> None:
    done = run({"PATH": environ["PATH"]})
    assert done.returncode == 2
    missing = {line.split()[0] for line in done.stderr.splitlines() if " is missing" in line}
    assert missing == environ.keys() - {"PATH"}


def test_the_help_names_every_variable(environ: dict[str, str]) -> None:
    shown = run({"PATH": environ["PATH"]}, "--help")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in environ if name != "PATH")


@pytest.mark.parametrize(
    ("tokens", "reason"),
    [(None, "No such file or directory"), ("[[token]]\nname = 'x'\n", "token 'x': sha256 is missing")],
)
def test_a_wrong_token_file_stops_it_with_all_that_is_wrong(
    environ: dict[str, str], tmp_path: Path, tokens: str | None, reason: str
) -> None:
    (tmp_path / "tokens.toml").unlink()
    if tokens is not None:
        (tmp_path / "tokens.toml").write_text(tokens)
    done = run(environ)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_a_storage_url_that_names_no_store_stops_it(environ: dict[str, str]) -> None:
    done = run(environ | {"GOMOD_STORAGE_URL": "ftp://modules"})
    assert done.returncode == 2
    assert "GOMOD_STORAGE_URL is wrong: 'ftp://modules' names no store" in done.stderr


def test_sigterm_finishes_the_upload_that_is_in_flight(tmp_path: Path) -> None:
    (tmp_path / "modules").mkdir()
    sent = parts()
    with running(tmp_path, tmp_path / "modules") as uploader, connected(uploader.port) as client:
        client.begin({"Transfer-Encoding": "chunked"})
        client.part("module", sent["module"] + b"\r\n")
        wait_until(uploader.leftovers)  # then it is being received
        uploader.process.send_signal(signal.SIGTERM)
        stopped = threading.Thread(target=uploader.process.wait)
        stopped.start()
        for name in ("version", "info", "mod", "zip"):
            client.part(name, sent[name] + b"\r\n")
        client.chunk(b"--b--\r\n")
        client.chunk(b"")
        status, receipt = client.answer()
        stopped.join(20)
        assert (status, receipt["version"]) == (201, "v1.2.3")
        assert uploader.process.returncode == 0
