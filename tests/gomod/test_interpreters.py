"""The rules on every Python of this machine: one patch release once matched a pattern otherwise than the next."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_TRIAL = """
import json, pathlib, sys
from tests.gomod.oracle import Answer
from tests.gomod.ours import carry_out
rows = json.loads(pathlib.Path(sys.argv[1]).read_text())
wrong = [(name, given) for name, given, ok, value in rows if carry_out(name, *given) != Answer(ok, value)]
print(json.dumps(wrong))
"""


def pythons() -> list[Path]:
    """The interpreters that the rules promise to work on, each once; the one that runs this is among them."""
    names = ["python3", *(f"python3.{minor}" for minor in range(11, 20))]
    folders = [*os.get_exec_path(), "/usr/bin", "/usr/local/bin"]
    found = {Path(path).resolve() for name in names for folder in folders if (path := shutil.which(name, path=folder))}
    return sorted(path for path in found | {Path(sys.executable).resolve()} if _is_supported(path))


def _is_supported(python: Path) -> bool:
    question = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", question], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("name", ["paths", "versions", "go_mods"])
def test_every_python_of_the_machine_gives_the_recorded_answers(name: str) -> None:
    environment = {"PYTHONPATH": f"{ROOT / 'libs' / 'gomod'}:{ROOT}", "PATH": os.environ["PATH"]}
    for python in pythons():
        rows = ROOT / "tests" / "gomod" / "vectors" / f"{name}.json"
        trial = subprocess.run(
            [python, "-c", _TRIAL, rows], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (trial.stderr, trial.returncode) == ("", 0), python
        assert json.loads(trial.stdout) == [], python
