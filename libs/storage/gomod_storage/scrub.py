"""Every stored version against its hashes on record, and what is done about those that do not agree.

Damaged bytes reach nobody: the version is moved out of the way. A public one is then absent, so that the next request
fetches it again; one of our own can't be fetched, so reading it is trouble until its publisher sends it again. Either
comes back only with the hashes on record.
"""

from collections.abc import Callable, Iterator

from gomod.module import ModuleVersion
from gomod_storage import gone, projection, removal, scrub_parts, sums, walk
from gomod_storage.examine import Finding, Problem, examine
from gomod_storage.pace import Pace, at_once
from gomod_storage.places import Places

TAKEN_AWAY: frozenset[Problem] = frozenset({"damaged", "missing"})
"""What takes a version out of service."""

IsOwn = Callable[[str], bool]
"""Whether a module is the organisation's, by its path: nobody else has a copy of it."""

Seen = tuple[ModuleVersion, Finding | None]
"""A version that was read, and what is the matter with it, if anything is."""


def scrub(places: Places, pace: Pace, after: ModuleVersion | None = None) -> Iterator[Seen]:
    """Every version that is or should be there, those that follow `after`; with what is the matter. Raises OSError."""
    places.staging.stat()  # with the volume gone its mount point is an empty folder, in which nothing is wrong
    for module in walk.versions(places, after):
        yield module, examine(places, module, pace)
    for module in walk.named(places.sums, sums.SUFFIX):
        if not places.version(module).exists() and not gone.is_marked(places, module):
            yield module, Finding(module, "missing", "its hashes are on record, and its folder is not there")
    for finding in scrub_parts.scrub(places, pace):
        yield finding.module, finding
    places.staging.stat()  # gone meanwhile, it looks like the end of a walk


def mend(places: Places, finding: Finding, is_own: IsOwn) -> str:
    """Do what can be done about a finding, and say what; empty when that is nothing. Raises OSError."""
    module = finding.module
    if finding.part is not None:
        return scrub_parts.mend(places, finding, finding.part)
    match finding.problem:
        case "damaged":
            # Once more: it may have been taken away and come back since, or the memory was to blame and not the disk.
            now = examine(places, module, at_once)
            if now is None or now.problem != "damaged":
                return "found in order when it was read again"
            return _quarantine(places, now, is_own)
        case "missing":
            return _quarantine(places, finding, is_own)
        case "projection":
            projection.make(places, module)
            return "static readers get the stored bytes again"
        case "unrecorded" if finding.sums is not None:
            sums.put(places, module, finding.sums)
            return "put on record as it is"
    return ""


def _quarantine(places: Places, finding: Finding, is_own: IsOwn) -> str:
    own = is_own(finding.module.path)
    if not removal.quarantine(places, finding.module, finding.judged, finding.detail, "lost" if own else "gone"):
        return "taken away or replaced by somebody else meanwhile"
    if own:
        return "out of service until the same content is published again"
    return "out of service; the next request fetches it again"
