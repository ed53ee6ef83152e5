"""What lies on a volume, version by version, with all that retention wants to know; and the deletion of one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from gomod_storage import removal, reserve, scrub, sums, used_files, version_folder, walk, withdrawn
from gomod_storage.examine import examine
from gomod_storage.pace import at_once
from gomod_storage.places import Places
from gomod_storage.retention import Stored, Verdict
from gomod_storage.scrub import IsOwn


def take(places: Places, is_own: IsOwn, today: date) -> Iterator[Stored]:
    """Every whole version. Raises OSError."""
    places.staging.stat()  # with the volume gone its mount point is an empty folder
    usage = used_files.read(places)
    for module in walk.versions(places):
        folder = places.version(module)
        if not version_folder.stands(folder):
            continue
        try:
            files = [(folder / version_folder.file_name(module.version, kind)).stat() for kind in version_folder.KINDS]
            status = folder.stat()
        except FileNotFoundError:
            continue  # taken away just now
        came = datetime.fromtimestamp(status.st_mtime, UTC).date()
        yield Stored(
            module,
            own=is_own(module.path),
            withdrawn=withdrawn.file(places, module).exists(),
            bytes=sum(file.st_size for file in files),
            last_used=usage.last_used(module, came, today),
            edition=version_folder.identity(status),
        )
    places.staging.stat()  # gone meanwhile, it looks like the end of a walk


def cull(places: Places, verdict: Verdict) -> str:
    """Delete a version, be the volume full; empty when that is done, else why it was not. Raises OSError.

    Only one whose hashes are on record: it may come back with the same content alone.
    """
    with reserve.spent(places):
        return _cull(places, verdict)


def _cull(places: Places, verdict: Verdict) -> str:
    module = verdict.stored.module
    try:
        recorded = sums.find(places, module)
    except OSError as error:
        return f"{error.strerror}"
    if recorded is None:
        finding = examine(places, module, at_once)
        if finding is None or finding.sums is None:
            return f"its hashes can't be put on record: {finding.detail if finding else 'it is gone'}"
        scrub.mend(places, finding, lambda _: verdict.stored.own)
    judged = verdict.stored.edition
    if not isinstance(judged, str) and removal.cull(places, module, judged, verdict.reason):
        return ""
    return "it was withdrawn meanwhile" if withdrawn.file(places, module).exists() else "it was replaced meanwhile"
