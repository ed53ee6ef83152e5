"""Reading mends: a version that is read and not projected is indexed and projected then."""

import time

import structlog

from gomod.module import ModuleVersion
from gomod_storage import index, projection
from gomod_storage.places import Places

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 60.0
"""How long reading goes on without mending once mending failed: a read-only or full volume stays so a while."""


class ReadRepair:
    """Projects what Athens stored, and what was committed without coming to that."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._not_before = 0.0

    def after_reading(self, module: ModuleVersion) -> None:
        """Mend what can be mended. What can't raises nothing: the reader has what it came for."""
        if time.monotonic() < self._not_before:
            return
        try:
            if projection.is_there(self._places, module):
                return
            index.add(self._places, module)
            projection.make(self._places, module)
        except OSError as error:
            self._not_before = time.monotonic() + _RETRY_SECONDS
            log.warning("projection_not_mended", module=module.path, version=module.version, error=str(error))
        else:
            log.info("projection_mended", module=module.path, version=module.version)
