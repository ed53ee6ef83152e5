"""The real go command, with settings of its own: nothing of the developer's, and a module cache that begins empty."""

import functools
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.local import ROOT
from scripts.local.venv import tool

HELLO = ROOT / "examples" / "hello"
GO = tool("go")

# What examples/hello prints: the sample's greeting, and the SHA-1 UUID of the DNS name "ameide" (RFC 9562, 5.5).
GREETING = ["Hello, Ada, from a private module.", "fa8df506-f32d-5216-8b46-1775d3467ba8"]


class GoFailedError(Exception):
    """go ended with another status than 0; the text is what it printed."""


@dataclass(frozen=True, slots=True)
class Go:
    """go with a module cache in `cache` and these variables."""

    cache: Path
    variables: dict[str, str]

    def run(self, *arguments: str, cwd: Path) -> str:
        """What it prints to standard output. Raises GoFailedError."""
        ended = subprocess.run(
            [GO, *arguments],
            cwd=cwd,
            env=clean_environment() | {"GOMODCACHE": str(self.cache)} | self.variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if ended.returncode != 0:
            raise GoFailedError(f"go {' '.join(arguments)}: {ended.stderr}{ended.stdout}")
        return ended.stdout


def clean_environment() -> dict[str, str]:
    """This process's environment without what changes go; packages that were compiled before are shared.

    They are found by the hash of all that went into them, so sharing them is safe, and it saves minutes.
    """
    outer = {name: value for name, value in os.environ.items() if not name.startswith("GO")}
    return outer | {"GOENV": "off", "GOTOOLCHAIN": "local", "GOCACHE": _build_cache()}


@functools.cache  # not of the environment itself: a test changes that while it runs
def _build_cache() -> str:
    return subprocess.run([GO, "env", "GOCACHE"], capture_output=True, text=True, check=True).stdout.strip()


def build_and_run_hello(go: Go, folder: Path, sample_version: str) -> list[str]:
    """Build examples/hello in `folder`, with all it needs fetched by go; returns the lines the program prints."""
    shutil.copytree(HELLO, folder)
    go.run(
        "get", f"go.packages.dev.ameide.io/ameide-sdk-go@{sample_version}", "github.com/google/uuid@v1.6.0", cwd=folder
    )
    program = folder / "hello"
    go.run("build", "-o", str(program), ".", cwd=folder)
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()


def outer_goproxy_urls() -> list[str]:
    """The module mirrors that this machine is set up with (tests/conftest.py keeps the variable)."""
    environ = dict(os.environ)
    if "TESTS_OUTER_GOPROXY" in os.environ:
        environ["GOPROXY"] = os.environ["TESTS_OUTER_GOPROXY"]
    printed = subprocess.run([GO, "env", "GOPROXY"], env=environ, capture_output=True, text=True, check=True).stdout
    return [url for url in re.split(r"[,|\n]", printed) if url.startswith(("http://", "https://"))]
