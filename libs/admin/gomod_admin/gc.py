"""What retention deletes or would delete, told line by line."""

from collections import Counter
from datetime import UTC, datetime

from gomod_admin.report import Report
from gomod_storage import stock, used
from gomod_storage.places import Places
from gomod_storage.retention import Policy, Verdict, judge
from gomod_storage.scrub import IsOwn


def gc(places: Places, is_own: IsOwn, policy: Policy, report: Report, *, delete: bool) -> None:
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
