"""Every version on a volume held to its hashes on record: what was found, and what was done about it."""

from dataclasses import dataclass
from pathlib import Path

from gomod_admin.report import Report
from gomod_service.settings import SettingsError
from gomod_storage import scrub
from gomod_storage.examine import HARMLESS, Finding
from gomod_storage.headroom import volume_folder
from gomod_storage.pace import at_once
from gomod_storage.places import Places
from gomod_storage.scrub import IsOwn


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and what was done about it; empty when that is nothing."""

    finding: Finding
    done: str

    @property
    def is_fault(self) -> bool:
        """Whether somebody has to look."""
        return self.finding.problem not in HARMLESS


def named_volume(url: str) -> Places:
    """The volume of GOMOD_STORAGE_URL. Raises SettingsError for a store of another kind."""
    folder = volume_folder(url)
    if folder is None:
        raise SettingsError(f"GOMOD_STORAGE_URL={url}: this command looks after volumes, file:///an/absolute/folder")
    return Places(Path(folder))


def fsck(places: Places, is_own: IsOwn, report: Report, *, repair: bool) -> list[Found]:
    """Read all of the volume, and tell. With `repair`, do what can be done. Raises OSError."""
    found: list[Found] = []
    checked = 0
    with report.progress("checking") as step:
        for module, finding in scrub.scrub(places, at_once):
            step(str(module))
            checked += 1
            if finding is not None:
                found.append(Found(finding, scrub.mend(places, finding, is_own) if repair else ""))
                _tell(report, found[-1])
            elif repair:
                scrub.tidy(places, module)
    faults = sum(each.is_fault for each in found)
    report.say(f"{checked} versions, {faults} faults", "red" if faults else "")
    report.document(
        {"repair": repair, "checked": checked, "faults": faults, "found": [_document(each) for each in found]}
    )
    return found


def _tell(report: Report, found: Found) -> None:
    finding = found.finding
    done = f"; {found.done}" if found.done else ""
    report.say(f"{finding.problem} {finding.module}: {finding.detail}{done}", "red" if found.is_fault else "")


def _document(found: Found) -> dict[str, object]:
    finding = found.finding
    return {
        "module": finding.module.path,
        "version": finding.module.version,
        "problem": finding.problem,
        "detail": finding.detail,
        "done": found.done,
    }
