"""The command `gc`: what retention deletes or would delete, told line by line."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gomod_admin.command import EnvFile, reporting
from gomod_admin.pins import read_pins
from gomod_admin.report import Report
from gomod_admin.settings import StoreSettings, parse_bytes, read_environ
from gomod_proxy.own import OwnModules
from gomod_service.settings import SettingsError, read_settings
from gomod_storage import stock, used
from gomod_storage.headroom import volume_folder
from gomod_storage.places import Places
from gomod_storage.retention import Policy, Verdict, judge
from gomod_storage.scrub import IsOwn


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
        _gc(_named_volume(settings.storage_url), is_own, policy, report, delete=delete)


def _gc(places: Places, is_own: IsOwn, policy: Policy, report: Report, *, delete: bool) -> None:
    """Judge everything that is stored; with `delete`, delete what the policy says. Raises OSError."""
    today = datetime.now(UTC).date()
    versions: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    # All verdicts come before the first deletion: what can't be read must not be taken for little.
    for verdict in list(judge(stock.take(places, is_own, today), policy, today)):
        refused = stock.cull(places, verdict) if verdict.cull and delete else ""
        action = "keep" if refused or not verdict.cull else "delete" if delete else "would delete"
        versions[action] += 1
        sizes[action] += verdict.stored.bytes
        _tell(report, verdict, action, refused or verdict.reason)
    if delete:
        used.merge(places)
    told = [f"{action} {versions[action]} versions ({sizes[action]} bytes)" for action in sorted(versions)]
    report.say(", ".join(told) or "nothing is stored")
    totals = {action: {"versions": versions[action], "bytes": sizes[action]} for action in sorted(versions)}
    report.line({"action": "total", "delete": delete, "totals": totals})


def _tell(report: Report, verdict: Verdict, action: str, reason: str) -> None:
    stored = verdict.stored
    if action != "keep":
        report.say(f"{action} {stored.module}: {stored.kind}, {stored.bytes} bytes, {reason}")
    report.line(
        {
            "action": action,
            "module": stored.module.path,
            "version": stored.module.version,
            "kind": stored.kind,
            "bytes": stored.bytes,
            "last_used": str(stored.last_used),
            "reason": reason,
        }
    )


def _named_volume(url: str) -> Places:
    folder = volume_folder(url)
    if folder is None:
        raise SettingsError(f"gc looks after volumes, and GOMOD_STORAGE_URL is {url}")
    return Places(folder)
