"""The operator's commands, run in this process."""

from pathlib import Path

from typer.testing import CliRunner, Result

from gomod_admin.__main__ import app


def invoke(*arguments: str | Path) -> Result:
    """What a command prints, and how it ends."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])
