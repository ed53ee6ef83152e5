"""Work that several processes want is done by one of them while the others wait.

It spares work and promises nothing: whoever waited too long, or can't lock files here, goes on all the same.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import structlog

from gomod_storage.places import Places
from gomod_storage.threads import run_sync
from gomod_storage.turns import Turn, take

log = structlog.get_logger(__name__)

_FIRST_PAUSE = 0.01  # seconds between two looks; each further one is twice as long
_LAST_PAUSE = 0.2


@asynccontextmanager
async def alone(places: Places, key: str, patience: float) -> AsyncIterator[None]:
    """As ModuleStore.alone."""
    turn = await _wait(places, key, patience)
    try:
        yield
    finally:
        if turn is not None:
            # Not abandoned when cancelled: it is two system calls.
            with anyio.CancelScope(shield=True):
                await run_sync(turn.end)


async def _wait(places: Places, key: str, patience: float) -> Turn | None:
    """The turn; None when it didn't come in time or can't come."""
    # Looking again and again instead of waiting in the kernel, where nothing could cancel it.
    pause = _FIRST_PAUSE
    with anyio.move_on_after(patience):
        while True:
            try:
                turn = await run_sync(take, places, key)
            except OSError as error:
                log.warning("turns_not_taken", error=str(error))
                return None
            if turn is not None:
                return turn
            await anyio.sleep(pause)
            pause = min(2 * pause, _LAST_PAUSE)
    log.warning("turn_not_waited_for", key=key, seconds=patience)
    return None
