"""The single files that are kept of public versions, against their hashes on record.

A damaged one is deleted: the next request fetches it again, and it stands in the way of its zip no longer.
"""

from collections.abc import Iterator

from gomod_storage import part_sums, parts
from gomod_storage.examine import Finding
from gomod_storage.pace import Pace
from gomod_storage.places import Places
from gomod_storage.store import PartKind


def scrub(places: Places, pace: Pace) -> Iterator[Finding]:
    """Those with which something is the matter. Raises OSError."""
    if not places.parts.exists():
        return  # no service of ours was started here yet
    for module, kind in parts.everything(places):
        try:
            data = parts.read(places, module, kind).data
        except FileNotFoundError:
            continue  # its zip came
        except OSError as error:
            yield Finding(module, "unreadable", f"its .{kind}, kept alone: {error.strerror}", part=kind)
            continue
        pace(len(data))
        then, now = part_sums.find(places, module, kind), part_sums.digest(kind, data)
        if not then:
            yield Finding(module, "unrecorded", f"its .{kind}, kept alone, is not on record yet", part=kind)
        elif then != now:
            yield Finding(module, "damaged", f"its .{kind}, kept alone, hashes to {now}, not {then}", part=kind)


def mend(places: Places, finding: Finding, kind: PartKind) -> str:
    """Do what can be done about a finding, and say what; empty when that is nothing. Raises OSError."""
    match finding.problem:
        case "damaged":
            places.part(finding.module, kind).unlink(missing_ok=True)
            return "deleted; the next request fetches it again"
        case "unrecorded":
            part_sums.add(places, finding.module, kind, parts.read(places, finding.module, kind).data)
            return "put on record as it is"
    return ""
