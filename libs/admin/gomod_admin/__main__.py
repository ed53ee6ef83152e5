"""The command `gomod-admin`: its subcommands, what they need, and how they end."""

from functools import partial
from pathlib import Path
from typing import Annotated

import anyio
import typer

from gomod_admin import explained
from gomod_admin.command import EXITS, EnvFile, Json, reporting
from gomod_admin.copy import copy_command
from gomod_admin.exits import Exit
from gomod_admin.explain import explain, parse_module_version
from gomod_admin.fsck import fsck, named_volume
from gomod_admin.gc import gc
from gomod_admin.moving import export_command, import_command
from gomod_admin.pins import read_pins
from gomod_admin.settings import StoreSettings, parse_bytes, read_environ
from gomod_proxy.own import OwnModules
from gomod_proxy.settings import ProxySettings
from gomod_service.logs import configure_logging
from gomod_service.settings import SettingsError, read_settings
from gomod_storage.retention import Policy

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


@app.command("fsck", epilog=EXITS)
def fsck_command(
    repair: Annotated[
        bool, typer.Option("--repair", help="Put what is damaged into quarantine, and mend what can be mended.")
    ] = False,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Read every stored version and hold it to its hashes on record; changes nothing unless told to.

    With --repair, a damaged public version is fetched again when it is asked for, and a damaged one of our own answers
    503 until the same content is published again; the bytes are kept below .quarantine. Runs beside the services.
    """
    with reporting(as_json) as report:
        settings = read_settings(StoreSettings, read_environ(env_file))
        is_own = OwnModules(settings.private_patterns).owns
        found = fsck(named_volume(settings.storage_url), is_own, report, repair=repair)
    if any(each.is_fault for each in found):
        raise typer.Exit(Exit.FAILED)


@app.command("gc", epilog=EXITS)
def gc_command(
    pseudo_days: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Pseudo-versions of our own may go N days after their last use."),
    ] = None,
    keep_newest: Annotated[
        int, typer.Option(metavar="N", min=1, help="But the newest N of each module stay.", show_default=True)
    ] = 10,
    state: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="State documents, a file or a folder of *.json: what they name stays."),
    ] = None,
    public_quota: Annotated[
        int | None,
        typer.Option(
            metavar="SIZE",
            parser=parse_bytes,
            help="Public modules may take this much, like 20GiB; then the least used go.",
        ),
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Do it, instead of telling what would be done.")] = False,
    env_file: EnvFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each version on stdout.")] = False,
) -> None:
    """Delete what nobody uses: pseudo-versions of our own by age, public modules by quota. Tells only, unless told to.

    Releases of our own, what is withdrawn and what is pinned are never deleted; nor is anything whose use is not known,
    for the proxies were not running. What is deleted may come back with the same content alone. For cron: 0 is done,
    be it nothing.
    """
    with reporting(as_json) as report:
        if pseudo_days is not None and not state:
            raise SettingsError("--pseudo-days needs --state: without the state documents what is deployed might go")
        settings = read_settings(StoreSettings, read_environ(env_file))
        policy = Policy(pseudo_days, keep_newest, public_quota, read_pins(state or []))
        is_own = OwnModules(settings.private_patterns).owns
        gc(named_volume(settings.storage_url), is_own, policy, report, delete=delete)


def main() -> None:
    """The console script."""
    app(prog_name="gomod-admin")


if __name__ == "__main__":
    main()
