"""Work that several replicas want is done by one of them: an object that says whose turn it is.

Its holder writes it anew as long as it lives. Whoever waits takes it over once it did not change for a while by his
own clock; nobody's clock is compared with anybody else's. It spares work and promises nothing.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio
import structlog

from gomod.errors import NotFound, Unavailable
from gomod_storage import object_keys
from gomod_storage.object_bucket import Bucket

if TYPE_CHECKING:
    from obstore import UpdateVersion

log = structlog.get_logger(__name__)

DEAD_SECONDS = 15.0
"""For so long a holder that lives never leaves its lease unchanged: it writes it anew three times as often."""

_FIRST_PAUSE = 0.05  # seconds between two looks; each further one is twice as long
_LAST_PAUSE = 1.0


@asynccontextmanager
async def alone(bucket: Bucket, key: str, patience: float) -> AsyncIterator[None]:
    """As ModuleStore.alone."""
    async with turn(bucket, key, patience) as is_ours:
        if not is_ours:
            log.warning("lease_not_waited_for", key=key, seconds=patience)
        yield


@asynccontextmanager
async def turn(bucket: Bucket, key: str, patience: float) -> AsyncIterator[bool]:
    """A context that says whether it is one's turn, which it was waited for so many seconds; a dead one loses his."""
    lease = await _wait(bucket, object_keys.lease(key), patience)
    if lease is None:
        yield False
        return
    renewing = asyncio.create_task(lease.renew())
    try:
        yield True
    finally:
        with anyio.CancelScope(shield=True):
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
            await lease.end()


class _Lease:
    """A lease that is held."""

    def __init__(self, bucket: Bucket, key: str, state: "UpdateVersion") -> None:
        self._bucket = bucket
        self._key = key
        self._state = state

    async def renew(self) -> None:
        """Write it anew, over and over, until it is somebody else's."""
        while True:
            await asyncio.sleep(DEAD_SECONDS / 3)
            try:
                state = await self._bucket.replace(self._key, _mark(), self._state)
            except Unavailable as error:
                log.warning("lease_not_renewed", error=str(error))
                continue
            if state is None:
                return
            self._state = state

    async def end(self) -> None:
        """Let the next one have it."""
        try:
            # That it is ours still is likely and not sure; else two of those who wait go on at once.
            await self._bucket.delete([self._key])
        except Unavailable as error:
            log.warning("lease_not_ended", error=str(error))


async def _wait(bucket: Bucket, key: str, patience: float) -> _Lease | None:
    """The lease; None when it didn't come in time or can't come."""
    lease = None
    try:
        with anyio.move_on_after(patience):
            lease = await _take(bucket, key)
    except Unavailable as error:
        log.warning("lease_not_taken", error=str(error))
    return lease


async def _take(bucket: Bucket, key: str) -> _Lease:
    state = await _create(bucket, key)
    seen: UpdateVersion | None = None
    since, pause = 0.0, _FIRST_PAUSE
    while state is None:
        try:
            found = (await bucket.get(key, key)).state
        except NotFound:
            state = await _create(bucket, key)
            continue
        if found != seen:
            seen, since = found, time.monotonic()
        elif time.monotonic() - since > DEAD_SECONDS:
            state = await bucket.replace(key, _mark(), found)
            continue
        await anyio.sleep(random.uniform(pause / 2, pause))
        pause = min(2 * pause, _LAST_PAUSE)
    return _Lease(bucket, key, state)


async def _create(bucket: Bucket, key: str) -> "UpdateVersion | None":
    # Not cut short, or it would be there and belong to nobody.
    with anyio.CancelScope(shield=True):
        state: UpdateVersion | None = await bucket.create(key, _mark())
    return state


def _mark() -> bytes:
    # Other bytes each time: to most servers the same bytes are the same state.
    return os.urandom(16).hex().encode()
