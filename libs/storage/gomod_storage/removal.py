"""Taking a version away: into quarantine because it is damaged, or for good because nobody uses it.

One rename takes all three files at once, so a reader finds the whole version or none, and whoever has a file open reads
it to its end. The mark comes before it and says that the version is not there by mistake; its hashes stay on record.
What comes after the rename is done over at the next start when it was cut short.
"""

import json
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from gomod import layout
from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import audit, durable, gone, projection, version_folder, withdrawn
from gomod_storage.gone import Mark
from gomod_storage.locks import locked
from gomod_storage.places import Places
from gomod_storage.staging import hold, note, strike
from gomod_storage.store import Fate, Staging
from gomod_storage.version_folder import Identity


def alone(places: Places) -> AbstractContextManager[None]:
    """One remover at a time: nobody else takes away what is committed between a look at the folder and its rename.

    Nor does anybody withdraw it then.
    """
    return locked(places.locks / "removal")


def quarantine(places: Places, module: ModuleVersion, judged: Identity, reason: str, fate: Fate) -> bool:
    """Move away the folder that was judged, or only mark the version when that was NOTHING.

    False, with nothing done, when another one stands by now. Raises OSError.
    """
    if judged == version_folder.NOTHING:
        return _take_away(places, module, judged, None, _Deed("quarantine", reason, fate))
    grave = places.quarantine / f"{_name(module)}~{os.urandom(4).hex()}"
    durable.make_folders(places.root, grave.parent)
    return _take_away(places, module, judged, grave, _Deed("quarantine", reason, fate))


def cull(places: Places, module: ModuleVersion, judged: Identity, reason: str) -> bool:
    """Delete the folder that was judged. False, with nothing done, when another one stands by now, or is withdrawn.

    Its hashes must be on record. Raises OSError.
    """
    return _take_away(places, module, judged, None, _Deed("cull", reason, "gone"))


def unmark(places: Places, module: ModuleVersion) -> None:
    """Forget that a version which stands was taken away: it is back. Raises OSError."""
    if gone.is_marked(places, module):
        with alone(places):
            if version_folder.stands(places.version(module)):
                gone.drop(places, module)


def unproject(places: Places, module: ModuleVersion) -> None:
    """Take a version that does not stand from static readers. Raises OSError."""
    kinds: tuple[Kind, ...] = ("info", "mod", "zip")
    with locked(places.projection_lock(module.path)):
        # Under the lock that whoever commits it again must take before projecting it.
        if version_folder.stands(places.version(module)):
            return
        for kind in kinds:
            places.projected(module, kind).unlink(missing_ok=True)
    projection.list_anew(places, module.path)


@dataclass(frozen=True, slots=True)
class _Deed:
    """What is done to a version, and why."""

    what: Literal["quarantine", "cull"]
    reason: str
    fate: Fate


def _take_away(places: Places, module: ModuleVersion, judged: Identity, grave: Path | None, deed: _Deed) -> bool:
    folder = places.version(module)
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    mark = Mark(deed.reason, now, str(grave.relative_to(places.root)) if grave else "")
    with alone(places), hold(places) as staging:
        if version_folder.standing(folder) != judged:
            return False
        if deed.what == "cull" and withdrawn.file(places, module).exists():
            return False
        note(staging, module)
        _put_mark(places, module, mark, deed.fate, staging)
        audit.append(places, _record(module, mark, deed))
        if judged != version_folder.NOTHING:
            # What is to be deleted goes where the end of this block, or the next start, deletes it.
            folder.rename(grave or staging.path / "version")
            durable.sync(folder.parent)
            if grave:
                durable.sync_entry(places.root, grave)
        unproject(places, module)
        strike(staging)
    return True


def _put_mark(places: Places, module: ModuleVersion, mark: Mark, fate: Fate, staging: Staging) -> None:
    target = gone.file(places, module, fate)
    durable.make_folders(places.root, target.parent)
    fresh = staging.path / "mark"
    durable.write(fresh, gone.encode(mark))
    fresh.rename(target)
    durable.sync_entry(places.root, target)


def _record(module: ModuleVersion, mark: Mark, deed: _Deed) -> bytes:
    facts = {"module": module.path, "version": module.version, "fate": deed.fate}
    return json.dumps(
        {"time": mark.time, "what": deed.what, **facts, "reason": mark.reason, "grave": mark.grave}
    ).encode()


def _name(module: ModuleVersion) -> str:
    return layout.file_name(module, "info").removesuffix(".info")
