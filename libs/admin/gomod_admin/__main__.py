"""The command `gomod-admin`: its subcommands, what they need, and how they end."""

from collections.abc import Callable, Iterator
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
from gomod_admin.fsck import fsck, named_volume
from gomod_admin.gc import gc
from gomod_admin.gosum import GoSum, parse_go_sum
from gomod_admin.pins import read_pins
from gomod_admin.report import Report
from gomod_admin.settings import StoreSettings, open_named_store, parse_bytes, read_environ
from gomod_admin.take_in import Intake
from gomod_admin.tally import Tally
from gomod_admin.trees import walk
from gomod_admin.untouched import Untouched
from gomod_proxy.own import OwnModules
from gomod_proxy.settings import ProxySettings
from gomod_service.logs import configure_logging
from gomod_service.settings import SettingsError, read_settings
from gomod_storage.retention import Policy

_EXITS = "\b\nExit status:\n" + "".join(f"  {status.value}  {meaning}\n" for status, meaning in MEANINGS.items())

app = typer.Typer(
    help="Look after a registry: what it would answer and why, and what it takes over from elsewhere."
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


@app.command("import", epilog=_EXITS)
def import_command(
    tree: Annotated[
        Path, typer.Argument(metavar="TREE", help="A folder full of modules.", exists=True, file_okay=False)
    ],
    go_sum: Annotated[
        Path | None,
        typer.Option("--go-sum", metavar="FILE", help="Refuse what has another hash than this go.sum says."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and take in nothing.")] = False,
    env_file: _EnvFile = None,
    as_json: _Json = False,
) -> None:
    """Check a foreign tree version by version, and take in what is valid.

    TREE is the volume of an Athens, a GOMODCACHE, a folder that GOPROXY=file:// can read, or a volume of ours. It is
    only read. What is ours (GOMOD_PRIVATE_PATTERNS) must keep every rule that the uploader has; the rest is public and
    must keep those that go has; whether it is served is up to the proxy's policy. What stands already is never changed,
    so the command can be run again at any time, and goes on where it was interrupted.
    """
    with _reporting(as_json) as report:
        settings = read_settings(StoreSettings, read_environ(env_file))
        tally = Tally(report, dry_run=dry_run)
        with report.progress("checking") as step:
            anyio.run(partial(_import, settings, tree, go_sum, tally, step, dry_run=dry_run))
        tally.tell()
    if tally.refused:
        raise typer.Exit(Exit.REFUSED)


async def _import(
    settings: StoreSettings,
    tree: Path,
    go_sum: Path | None,
    tally: Tally,
    step: Callable[[str], None],
    *,
    dry_run: bool,
) -> None:
    expected = parse_go_sum(go_sum.read_bytes()) if go_sum else GoSum({}, {})
    store = open_named_store(settings.storage_url)
    await store.start()
    intake = Intake(Untouched(store) if dry_run else store, OwnModules(settings.private_patterns), expected)
    async for verdict in intake.take(walk(tree)):
        step(str(verdict.module))
        tally.add(verdict)


@app.command("fsck", epilog=_EXITS)
def fsck_command(
    repair: Annotated[
        bool, typer.Option("--repair", help="Put what is damaged into quarantine, and mend what can be mended.")
    ] = False,
    env_file: _EnvFile = None,
    as_json: _Json = False,
) -> None:
    """Read every stored version and hold it to its hashes on record; changes nothing unless told to.

    With --repair, a damaged public version is fetched again when it is asked for, and a damaged one of our own answers
    503 until the same content is published again; the bytes are kept below .quarantine. Runs beside the services.
    """
    with _reporting(as_json) as report:
        settings = read_settings(StoreSettings, read_environ(env_file))
        is_own = OwnModules(settings.private_patterns).owns
        found = fsck(named_volume(settings.storage_url), is_own, report, repair=repair)
    if any(each.is_fault for each in found):
        raise typer.Exit(Exit.FAILED)


@app.command("gc", epilog=_EXITS)
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
    env_file: _EnvFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each version on stdout.")] = False,
) -> None:
    """Delete what nobody uses: pseudo-versions of our own by age, public modules by quota. Tells only, unless told to.

    Releases of our own, what is withdrawn and what is pinned are never deleted; nor is anything whose use is not known,
    for the proxies were not running. What is deleted may come back with the same content alone. For cron: 0 is done,
    be it nothing.
    """
    with _reporting(as_json) as report:
        if pseudo_days is not None and not state:
            raise SettingsError("--pseudo-days needs --state: without the state documents what is deployed might go")
        settings = read_settings(StoreSettings, read_environ(env_file))
        policy = Policy(pseudo_days, keep_newest, public_quota, read_pins(state or []))
        is_own = OwnModules(settings.private_patterns).owns
        gc(named_volume(settings.storage_url), is_own, policy, report, delete=delete)


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
