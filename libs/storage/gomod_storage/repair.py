"""What a crash left behind, finished or cleared away: at start-up what was noted, on reading what is missing."""

import time

import structlog

from gomod.module import ModuleVersion
from gomod_storage import durable, parts, projection, version_folder
from gomod_storage.commit import complete
from gomod_storage.places import Places
from gomod_storage.staging import Hold, hold, holds_of_the_dead, strike

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 60.0
"""How long reading goes on without mending once mending failed: a read-only or full volume stays so a while."""


def start(places: Places) -> None:
    """Make the volume's own folders, finish the commits that were noted, clear the staging of dead owners.

    Takes as long as there are crashes to repair, not as long as the volume is large. What can't be repaired now (a full
    disk) is left for the next time: reading needs none of it. Raises OSError when the volume can't be written at all.
    """
    places.root.mkdir(parents=True, exist_ok=True)
    for folder in (places.staging, places.trash, places.locks, places.parts):
        durable.make_folder(folder)
    durable.sync(places.root)
    for remains in holds_of_the_dead(places):
        try:
            _finish(places, remains)
        except OSError as error:
            log.warning("repair_postponed", staging=remains.staging.path.name, error=str(error))


def _finish(places: Places, remains: Hold) -> None:
    with remains as staging:
        module = remains.noted()
        if module is None:
            return
        if version_folder.stands(places.version(module)):
            complete(places, module)
            parts.drop(places, module)
            log.info("commit_finished", module=module.path, version=module.version)
        strike(staging)


class ReadRepair:
    """Projects a version that is read and not projected: one that Athens stored, or one whose commit was cut short."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._not_before = 0.0

    def after_reading(self, module: ModuleVersion) -> None:
        """Mend what can be mended. Never raises for what can't: the reader has what it came for."""
        if time.monotonic() < self._not_before:
            return
        try:
            if projection.is_there(self._places, module):
                return
            with hold(self._places) as staging:
                projection.make(self._places, module, staging)
        except OSError as error:
            self._not_before = time.monotonic() + _RETRY_SECONDS
            log.warning("projection_not_mended", module=module.path, version=module.version, error=str(error))
        else:
            log.info("projection_mended", module=module.path, version=module.version)
