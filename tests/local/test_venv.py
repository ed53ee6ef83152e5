"""The virtual environment that the scripts make for themselves."""

import subprocess
from pathlib import Path

import pytest

from scripts.local import venv


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is made, with nothing in it but Python and pip: the rest takes a minute."""
    made = tmp_path / ".venv"
    for name, value in {"VENV": made, "PYTHON": made / "bin" / "python", "STAMP": made / "made-from"}.items():
        monkeypatch.setattr(venv, name, value)
    monkeypatch.setattr(venv, "STATE", tmp_path / "state")
    monkeypatch.setattr(venv, "_pip", lambda *_: _has_pip(made))
    return made


def _has_pip(made: Path) -> None:
    subprocess.run([made / "bin" / "python", "-m", "pip", "--version"], check=True, capture_output=True)


def test_one_that_was_broken_off_before_it_had_pip_is_made_anew(folder: Path) -> None:
    subprocess.run(["python3", "-m", "venv", "--without-pip", folder], check=True)
    venv.ensure()
    _has_pip(folder)
    assert venv.STAMP.exists()


@pytest.mark.usefixtures("folder")
def test_one_that_is_up_to_date_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    venv.ensure()
    capsys.readouterr()
    venv.ensure()
    assert capsys.readouterr().err == ""
