"""The command `gomod-admin`: its subcommands, what they need, and how they end."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio
import typer

from gomod.errors import RegistryError
from gomod_admin import explained
from gomod_admin.exits import MEANINGS, Exit, exit_of
from gomod_admin.explain import explain, parse_module_version
from gomod_admin.report import Report
from gomod_admin.settings import read_environ
from gomod_proxy.settings import ProxySettings
from gomod_service.logs import configure_logging
from gomod_service.settings import read_settings

_EXITS = "\b\nExit status:\n" + "".join(f"  {status.value}  {meaning}\n" for status, meaning in MEANINGS.items())

app = typer.Typer(
    help="Look after a registry: what it would answer and why."
    "\n\nThe commands read the GOMOD_… variables of the proxy (`python -m gomod_proxy --help` lists them), so they run"
    f" in its container as they are.\n\n{_EXITS}",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout; lines for people to stderr.")]
_EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", metavar="FILE", help="Read the variables from NAME=value lines, not the environment."),
]


@app.callback()
def _configure() -> None:
    configure_logging("error", "console")  # what a command finds it tells by itself


@app.command("explain", epilog=_EXITS)
def explain_command(
    module: Annotated[str, typer.Argument(metavar="MODULE@VERSION", help="Like go.corp.example/billing@v1.2.3.")],
    env_file: _EnvFile = None,
    as_json: _Json = False,
) -> None:
    """Tell what a client gets of a version, and why: rule, upstreams, what is stored, the status of each file.

    It asks upstream as the proxy would, and stores nothing.
    """
    with _reporting(as_json) as report:
        settings = read_settings(ProxySettings, read_environ(env_file))
        explanation = anyio.run(partial(explain, settings, parse_module_version(module)))
        report.say(str(explanation.module), "bold")
        for what, text in explained.lines(explanation):
            report.say(f"  {what:<10} {text}")
        report.document(explained.document(explanation))
    if explanation.status != 200:
        raise typer.Exit(Exit.NOT_SERVED)


def main() -> None:
    """The console script."""
    app(prog_name="gomod-admin")


@contextmanager
def _reporting(as_json: bool) -> Iterator[Report]:
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


if __name__ == "__main__":
    main()
