"""The operator's commands, run in this process."""

from pathlib import Path

from typer.testing import CliRunner, Result

from gomod_admin.__main__ import app
from tests.proxy.running import OWN


def invoke(*arguments: str | Path) -> Result:
    """What a command prints, and how it ends."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def on_volume(volume: Path, *arguments: str | Path, **changes: str) -> Result:
    """The same with the variables that name this volume, and OWN as ours."""
    variables = {"GOMOD_STORAGE_URL": volume.as_uri(), "GOMOD_PRIVATE_PATTERNS": f"{OWN}/*", **changes}
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=variables)


def run_import(volume: Path, tree: Path, *options: str | Path, **changes: str) -> Result:
    """`import --json` of a tree or a bundle into this volume."""
    return on_volume(volume, "import", "--json", tree, *options, **changes)
