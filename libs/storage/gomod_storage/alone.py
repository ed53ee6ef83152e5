"""Work that several processes want is done by one of them while the others wait.

It spares work and promises nothing: whoever waited too long, or can't lock files here, goes on all the same.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import structlog

from gomod_storage.threads import begin, run_sync
from gomod_storage.turns import Turn, Turns

log = structlog.get_logger(__name__)

_FIRST_PAUSE = 0.01  # seconds between two looks; each further one is twice as long
_LAST_PAUSE = 0.2


@asynccontextmanager
async def alone(turns: Turns, key: str, patience: float, is_done: Callable[[], bool]) -> AsyncIterator[bool]:
    """As ModuleStore.alone; `is_done` says, in a thread and once it is one's turn, whether the work is done by now."""

    def take() -> tuple[Turn | None, bool]:
        turn = turns.take(key)
        return turn, turn is not None and _try(is_done)

    turn = None
    try:
        turn, done = await run_sync(take)
        if turn is None:
            turn, done = await _wait(take, patience)
    except TimeoutError:
        log.warning("turn_not_waited_for", key=key, seconds=patience)
        done = await run_sync(_try, is_done)
    except OSError as error:
        log.warning("turns_not_taken", error=str(error))
        done = await run_sync(_try, is_done)
    try:
        yield done
    finally:
        if turn is not None:
            begin(turn.end)


async def _wait(take: Callable[[], tuple[Turn | None, bool]], patience: float) -> tuple[Turn, bool]:
    """The turn, and whether the work is done. Raises TimeoutError when it didn't come in time, OSError if it can't."""
    # Looking again and again instead of waiting in the kernel, where nothing could cancel it.
    pause = _FIRST_PAUSE
    with anyio.fail_after(patience):
        while True:
            await anyio.sleep(pause)
            turn, done = await run_sync(take)
            if turn is not None:
                return turn, done
            pause = min(2 * pause, _LAST_PAUSE)


def _try(is_done: Callable[[], bool]) -> bool:
    try:
        return is_done()
    except OSError:
        return False  # whoever does the work will see what is wrong
