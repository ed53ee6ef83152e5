"""What a proxy does for its volume besides answering: it scrubs it, and writes down which versions are used."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import asdict

import structlog
from anyio import to_thread

from gomod_proxy.noted import Note
from gomod_proxy.own import OwnModules
from gomod_proxy.scrubbing import Scrubbing, expose_scrub
from gomod_proxy.settings import ProxySettings
from gomod_service.volume_metrics import expose_volume
from gomod_storage.headroom import headroom, volume_folder
from gomod_storage.places import Places
from gomod_storage.scrub import IsOwn
from gomod_storage.used import Used

log = structlog.get_logger(__name__)

WRITE_SECONDS = 60.0
"""Between two times that the notes of use are written down; so much of them is lost when the process is killed."""


class Upkeep:
    """A context for as long as the proxy runs."""

    def __init__(
        self,
        places: Places,
        is_own: IsOwn,
        scrub_bytes_per_second: int,
        write_seconds: float = WRITE_SECONDS,
    ) -> None:
        """`scrub_bytes_per_second`: 0 for no scrub."""
        self._used = Used(places)
        self._write_seconds = write_seconds
        self._scrubbing = Scrubbing(places, is_own, scrub_bytes_per_second) if scrub_bytes_per_second else None
        self._stack = AsyncExitStack()

    @property
    def note(self) -> Note:
        """To be called for every version of which somebody gets a file."""
        return self._used.note

    async def __aenter__(self) -> None:
        if self._scrubbing is not None:
            await self._stack.enter_async_context(self._scrubbing)
        self._writing = asyncio.create_task(self._write_now_and_then())

    async def __aexit__(self, *_: object) -> None:
        self._writing.cancel()
        await asyncio.wait([self._writing])
        await to_thread.run_sync(self._write)
        await self._stack.aclose()

    async def _write_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._write_seconds)
            await to_thread.run_sync(self._write)

    def _write(self) -> None:
        try:
            self._used.write()
        except OSError as error:
            log.warning("use_not_written", error=str(error))


def look_after(settings: ProxySettings) -> Upkeep | None:
    """The upkeep of the volume that the settings name, whose gauges it sets up; None for a store of another kind."""
    folder = volume_folder(settings.storage_url)
    if folder is None:
        return None
    places = Places(folder)
    expose_volume(str(folder), lambda: asdict(headroom(folder)))
    expose_scrub(places)
    return Upkeep(places, OwnModules(settings.private_patterns).owns, settings.scrub_bytes_per_second)
