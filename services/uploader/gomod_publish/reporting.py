"""How every command ends: an error becomes a message and the exit status that it stands for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from gomod.errors import RegistryError
from gomod_publish.exits import Exit, exit_of
from gomod_publish.report import Report

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout; lines for people to stderr.")]


@contextmanager
def reporting(as_json: bool) -> Iterator[Report]:
    """A report for the length of a command."""
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
    report.finish()
