"""What became of a tree that was taken in: counted, and told of each version that was refused."""

from collections import Counter

from gomod_admin.report import Report
from gomod_admin.take_in import Outcome, Verdict


class Tally:
    """Takes verdicts one by one; remembers only those that somebody has to look at."""

    def __init__(self, report: Report, *, dry_run: bool) -> None:
        self._report = report
        self._dry_run = dry_run
        self._counts: Counter[Outcome] = Counter()
        self._ours = 0
        self.refused: list[Verdict] = []

    def add(self, verdict: Verdict) -> None:
        """One more version."""
        self._counts[verdict.outcome] += 1
        if verdict.outcome is Outcome.TAKEN:
            self._ours += verdict.ours
        if verdict.outcome is Outcome.REFUSED:
            self.refused.append(verdict)
            for fault in verdict.faults:
                self._report.say(f"refused {verdict.module}: {fault.message} ({fault.code})", "red")

    def tell(self) -> None:
        """All of it, for people and for a machine."""
        counts = self._counts
        took = "would take" if self._dry_run else "took"
        self._report.say(
            f"{took} in {counts[Outcome.TAKEN]} versions, {self._ours} of them ours; "
            f"{counts[Outcome.PART]} without their zips; {counts[Outcome.IDENTICAL]} were there already; "
            f"{counts[Outcome.REFUSED]} refused"
        )
        self._report.document(
            {
                "dry_run": self._dry_run,
                **{outcome: counts[outcome] for outcome in Outcome},
                "taken_ours": self._ours,
                "refused_versions": [_document(verdict) for verdict in self.refused],
            }
        )


def _document(verdict: Verdict) -> dict[str, object]:
    return {
        "module": verdict.module.path,
        "version": verdict.module.version,
        "ours": verdict.ours,
        "faults": [{"code": fault.code, "message": fault.message} for fault in verdict.faults],
    }
