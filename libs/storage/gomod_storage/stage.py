"""A staging folder as a context: held while it is used, and gone afterwards."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import structlog

from gomod.errors import Unavailable
from gomod_storage import durable, os_errors
from gomod_storage.places import Places
from gomod_storage.staging import Hold, hold
from gomod_storage.store import Staging
from gomod_storage.threads import run_sync

log = structlog.get_logger(__name__)


@asynccontextmanager
async def stage(places: Places) -> AsyncIterator[Staging]:
    """As ModuleStore.stage."""
    # Shielded: a folder that is held and belongs to nobody would stay until the process ends.
    with anyio.CancelScope(shield=True):
        held = await run_sync(_hold, places)
    try:
        yield held.staging
    finally:
        with anyio.CancelScope(shield=True):
            await run_sync(_release, held)


def probe(places: Places) -> None:
    """Really write, sync and read back. Raises StoreFull or Unavailable."""
    written = os.urandom(16)
    with os_errors.writing("readiness"), hold(places) as staging:
        file = staging.path / "probe"
        durable.write(file, written)
        if file.read_bytes() != written:
            raise Unavailable("the store does not give back what was written to it")


def _hold(places: Places) -> Hold:
    with os_errors.writing("staging"):
        return hold(places)


def _release(held: Hold) -> None:
    try:
        held.release()
    except OSError as error:
        # Whoever starts next clears it; the work that was staged here is done or has failed for its own reason.
        log.warning("staging_not_cleared", staging=held.staging.path.name, error=str(error))
