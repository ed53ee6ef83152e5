"""What all commands have in common: their options, and how their errors end them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gomod.errors import RegistryError
from gomod_admin.exits import MEANINGS, Exit, exit_of
from gomod_admin.report import Report

EXITS = "\b\nExit status:\n" + "".join(f"  {status.value}  {meaning}\n" for status, meaning in MEANINGS.items())

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout; lines for people to stderr.")]
EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", metavar="FILE", help="Read the variables from NAME=value lines, not the environment."),
]


@contextmanager
def reporting(as_json: bool) -> Iterator[Report]:
    """A report for the length of a command; an error becomes a message and the exit status that it stands for."""
    report = Report(as_json=as_json)
    try:
        yield report
    except RegistryError as error:
        status = exit_of(error)
        report.fail(error, status)
        raise typer.Exit(status) from error
    except OSError as error:
        report.fail(error, Exit.FAILED)
        raise typer.Exit(Exit.FAILED) from error
