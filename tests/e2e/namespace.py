"""A mount and network namespace for a program of these tests, in which it can bring up a little world of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.local import ROOT


def what_happens_in(program: str, *arguments: Path) -> dict[str, Any]:
    """Run the module tests.e2e.`program` in a new namespace; returns the JSON document that it prints."""
    unshare = ["unshare", "--mount", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    ended = subprocess.run(
        [*unshare, sys.executable, "-m", f"tests.e2e.{program}", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
    )
    told: dict[str, Any] = json.loads(ended.stdout)
    return told
