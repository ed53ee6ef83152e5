"""The virtual environment in .venv: made once, and again when what it is made from has changed."""

import argparse
import fcntl
import hashlib
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.local import ROOT, STATE, VENV

PYTHON = VENV / "bin" / "python"
RECIPE = (ROOT / "pyproject.toml", ROOT / "constraints.txt")
STAMP = VENV / "made-from"


class InstallError(Exception):
    """The virtual environment could not be made."""


def main() -> int:
    """What scripts/install does; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/install",
        description="Make .venv from pyproject.toml and constraints.txt: the project itself (editable) and what it "
        "needs to run and be tested, the real go and the real Envoy included. Does nothing when .venv is up to date.",
    )
    parser.parse_args()
    try:
        ensure()
    except InstallError as error:
        print(f"scripts/install: {error}", file=sys.stderr)
        return 1
    return 0


def ensure() -> None:
    """Make .venv, or keep it when nothing it is made from has changed. Raises InstallError."""
    with _alone():
        made_from = STAMP.read_text() if STAMP.exists() else ""
        recipe = f"{VENV}\n{_fingerprint()}\n"
        if PYTHON.exists() and made_from == recipe:
            return
        print("scripts/install: installing into .venv (a minute or two the first time)", file=sys.stderr)
        # The programs in .venv/bin name the folder they were made in: a tree that was moved needs new ones.
        moved = made_from != "" and not made_from.startswith(f"{VENV}\n")
        # Python is there before pip: one without it was broken off, or Debian's python3-venv was missing.
        if moved or not PYTHON.exists() or not tool("pip").exists():
            _make()
        STAMP.unlink(missing_ok=True)
        _pip("install", "--quiet", "--constraint", "constraints.txt", "--editable", ".[dev]")
        STAMP.write_text(recipe)


@contextmanager
def _alone() -> Iterator[None]:
    """Two scripts started at once must not install into one folder at once."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in RECIPE:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _make() -> None:
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise InstallError(
            f"Python's own venv module failed ({error}); on Debian and Ubuntu, install the package python3-venv"
        ) from error


def _pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status != 0:
        raise InstallError(f"pip ended with status {status}; what it said stands above")


def tool(name: str) -> Path:
    """The path of a program that .venv brings."""
    return VENV / "bin" / name
