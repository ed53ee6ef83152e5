"""The command `gomod-admin`: its subcommands, what they need, and how they end."""

from functools import partial
from typing import Annotated

import anyio
import typer

from gomod_admin import explained
from gomod_admin.command import EXITS, EnvFile, Json, reporting
from gomod_admin.copy import copy_command
from gomod_admin.exits import Exit
from gomod_admin.explain import explain, parse_module_version
from gomod_admin.fsck import fsck_command
from gomod_admin.gc import gc_command
from gomod_admin.moving import export_command, import_command
from gomod_admin.settings import read_environ
from gomod_proxy.settings import ProxySettings
from gomod_service.logs import configure_logging
from gomod_service.settings import read_settings

app = typer.Typer(
    help="Look after a registry: what it would answer and why, and what it takes over from elsewhere."
    "\n\nThe commands read the GOMOD_… variables of the proxy (`python -m gomod_proxy --help` lists them), so they run"
    f" in its container as they are.\n\n{EXITS}",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _configure() -> None:
    configure_logging("error", "console")  # what a command finds it tells by itself


@app.command("explain", epilog=EXITS)
def explain_command(
    module: Annotated[str, typer.Argument(metavar="MODULE@VERSION", help="Like go.corp.example/billing@v1.2.3.")],
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Tell what a client gets of a version, and why: rule, upstreams, what is stored, the status of each file.

    It asks upstream as the proxy would, and stores nothing.
    """
    with reporting(as_json) as report:
        settings = read_settings(ProxySettings, read_environ(env_file))
        explanation = anyio.run(partial(explain, settings, parse_module_version(module)))
        report.say(str(explanation.module), "bold")
        for what, text in explained.lines(explanation):
            report.say(f"  {what:<10} {text}")
        report.document(explained.document(explanation))
    if explanation.status != 200:
        raise typer.Exit(Exit.NOT_SERVED)


app.command("import", epilog=EXITS)(import_command)
app.command("export", epilog=EXITS)(export_command)
app.command("copy", epilog=EXITS)(copy_command)
app.command("fsck", epilog=EXITS)(fsck_command)
app.command("gc", epilog=EXITS)(gc_command)


def main() -> None:
    """The console script."""
    app(prog_name="gomod-admin")


if __name__ == "__main__":
    main()
