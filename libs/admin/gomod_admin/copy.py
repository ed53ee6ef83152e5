"""The command `copy`: from one store into another, of whatever kind, while both are in use."""

from collections import Counter
from typing import Annotated

import anyio
import typer

from gomod_admin.command import Json, reporting
from gomod_admin.exits import Exit
from gomod_admin.report import Report
from gomod_service.settings import SettingsError
from gomod_storage import Store
from gomod_storage.copying import Copied, Outcome, copy_parts, copy_versions
from gomod_storage.open import open_store


def copy_command(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A store's URL, as in GOMOD_STORAGE_URL.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Another one's.")],
    as_json: Json = False,
) -> None:
    """Copy every version from one store into another, each held to its hashes, while both are in use.

    Stop it and run it again at any time: it goes on where it was. To move, copy, let the services use TO, and copy once
    more what came in between; when that copies nothing, all is there. What stands in TO is never changed.

    It takes withdrawals along and single files that are kept of public versions, but not the audit log, nor what is
    remembered of checksum databases and of the last use.
    """
    with reporting(as_json) as report:
        stores = _open("FROM", source), _open("TO", target)
        refused = anyio.run(_copy, *stores, report)
    if refused:
        raise typer.Exit(Exit.REFUSED)


async def _copy(source: Store, target: Store, report: Report) -> list[Copied]:
    """Those that were refused, after telling all."""
    await source.ready()
    await target.start()
    counts: Counter[Outcome] = Counter()
    refused: list[Copied] = []
    with report.progress("copying") as step:
        async for copied in copy_versions(source, target):
            step(str(copied.module))
            counts[copied.outcome] += 1
            if copied.outcome is Outcome.REFUSED:
                refused.append(copied)
                report.say(f"refused {copied.module}: {copied.reason}", "red")
    parts = await copy_parts(source, target)
    report.say(
        f"copied {counts[Outcome.COPIED]} versions, and {parts} files of versions without their zips; "
        f"{counts[Outcome.PRESENT]} were there already; {len(refused)} refused"
    )
    report.document({**{outcome: counts[outcome] for outcome in Outcome}, "parts": parts, "why": _why(refused)})
    return refused


def _open(what: str, url: str) -> Store:
    try:
        return open_store(url)
    except ValueError as error:
        raise SettingsError(f"{what} is wrong: {error}") from error


def _why(refused: list[Copied]) -> list[dict[str, str]]:
    return [{"module": each.module.path, "version": each.module.version, "reason": each.reason} for each in refused]
