"""The command `gc`: what retention deletes or would delete, told line by line."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio
import typer

from gomod_admin.command import EnvFile, reporting
from gomod_admin.pins import read_pins
from gomod_admin.report import Report
from gomod_admin.settings import StoreSettings, open_named_caretaker, parse_bytes, read_environ
from gomod_proxy.own import OwnModules
from gomod_service.settings import SettingsError, read_settings
from gomod_storage.caretaker import Caretaker, Orphan
from gomod_storage.retention import Policy, Verdict, is_used, judge
from gomod_storage.scrub import IsOwn
from gomod_storage.used import Usage

_LOOKS_EVERY = 100
"""So many versions are deleted by one reading of what was used lately."""


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
    for the proxies were not running. What is deleted may come back with the same content alone. Of a bucket, zips that
    have belonged to no version for a day go as well. For cron: 0 is done, be it nothing.
    """
    with reporting(as_json) as report:
        if pseudo_days is not None and not state:
            raise SettingsError("--pseudo-days needs --state: without the state documents what is deployed might go")
        settings = read_settings(StoreSettings, read_environ(env_file))
        policy = Policy(pseudo_days, keep_newest, public_quota, read_pins(state or []))
        is_own = OwnModules(settings.private_patterns).owns
        caretaker = open_named_caretaker(settings.storage_url)
        anyio.run(partial(_gc, caretaker, is_own, policy, report, delete=delete))


class _Culling:
    """Deletes one version after the other, none that was used since all of them were judged."""

    def __init__(self, caretaker: Caretaker) -> None:
        self._caretaker = caretaker
        self._left = 0
        self._recent = Usage({}, frozenset())

    async def cull(self, verdict: Verdict) -> str:
        """As Caretaker.cull; not what was used meanwhile, either."""
        if self._left == 0:
            # Now and then: a proxy writes its notes once a minute, and each look reads those of two days.
            self._recent = await self._caretaker.recent_usage()
            self._left = _LOOKS_EVERY
        self._left -= 1
        if is_used(verdict.stored, self._recent):
            return "it was used meanwhile"
        return await self._caretaker.cull(verdict)


class _Totals:
    """How many versions and bytes each action was about."""

    def __init__(self) -> None:
        self._versions: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def add(self, action: str, size: int) -> None:
        """One more."""
        self._versions[action] += 1
        self._bytes[action] += size

    def line(self) -> str:
        """For people."""
        told = [f"{action} {count} versions ({self._bytes[action]} bytes)" for action, count in self._sorted()]
        return ", ".join(told) or "nothing is stored"

    def document(self) -> dict[str, dict[str, int]]:
        """For a machine."""
        return {action: {"versions": count, "bytes": self._bytes[action]} for action, count in self._sorted()}

    def _sorted(self) -> list[tuple[str, int]]:
        return sorted(self._versions.items())


async def _gc(caretaker: Caretaker, is_own: IsOwn, policy: Policy, report: Report, *, delete: bool) -> None:
    """Judge everything that is stored; with `delete`, delete what the policy says. Raises StoreFull and Unavailable."""
    today = datetime.now(UTC).date()
    totals = _Totals()
    # All verdicts come before the first deletion: what can't be read must not be taken for little.
    stored = [each async for each in caretaker.stock(is_own, today)]
    culling = _Culling(caretaker)
    for verdict in list(judge(stored, policy, today)):
        refused = await culling.cull(verdict) if verdict.cull and delete else ""
        action = "keep" if refused or not verdict.cull else _action(delete=delete)
        totals.add(action, verdict.stored.bytes)
        _tell(report, verdict, action, refused or verdict.reason)
    orphans = [each async for each in caretaker.sweep(delete=delete)]
    for orphan in orphans:
        _tell_orphan(report, orphan, _action(delete=delete))
    if delete:
        await caretaker.merge_usage()
    report.say(totals.line())
    swept = {"count": len(orphans), "bytes": sum(orphan.bytes for orphan in orphans)}
    report.line({"action": "total", "delete": delete, "totals": totals.document(), "orphans": swept})


def _action(*, delete: bool) -> str:
    return "delete" if delete else "would delete"


def _tell_orphan(report: Report, orphan: Orphan, action: str) -> None:
    reason = "it belongs to no version"
    report.say(f"{action} {orphan.name}: {orphan.bytes} bytes, {reason}")
    report.line({"action": action, "name": orphan.name, "kind": "orphan", "bytes": orphan.bytes, "reason": reason})


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
