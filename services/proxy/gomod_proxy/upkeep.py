"""What a proxy does for its store besides answering: it scrubs it, and writes down which versions are used."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import asdict

import structlog

from gomod.errors import Unavailable
from gomod_proxy.noted import Note
from gomod_proxy.own import OwnModules
from gomod_proxy.scrubbing import Scrubbing
from gomod_proxy.settings import ProxySettings
from gomod_service.settings import SettingsError
from gomod_service.volume_metrics import expose_volume
from gomod_storage.caretaker import Caretaker
from gomod_storage.headroom import headroom, local_folder
from gomod_storage.open import open_caretaker
from gomod_storage.scrub import IsOwn
from gomod_storage.used import Used

log = structlog.get_logger(__name__)

WRITE_SECONDS = 60.0
"""Between two times that the notes of use are written down; so much of them is lost when the process is killed."""


class Upkeep:
    """A context for as long as the proxy runs."""

    def __init__(
        self,
        caretaker: Caretaker,
        is_own: IsOwn,
        scrub_bytes_per_second: int,
        write_seconds: float = WRITE_SECONDS,
    ) -> None:
        """`scrub_bytes_per_second`: 0 for no scrub."""
        self._used = Used(caretaker.note_use)
        self._write_seconds = write_seconds
        self._scrubbing = Scrubbing(caretaker, is_own, scrub_bytes_per_second)
        self._stack = AsyncExitStack()

    @property
    def note(self) -> Note:
        """To be called for every version of which somebody gets a file."""
        return self._used.note

    async def __aenter__(self) -> None:
        await self._stack.enter_async_context(self._scrubbing)
        self._writing = asyncio.create_task(self._write_now_and_then())

    async def __aexit__(self, *_: object) -> None:
        self._writing.cancel()
        await asyncio.wait([self._writing])
        await self._write()
        await self._stack.aclose()

    async def _write_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._write_seconds)
            await self._write()

    async def _write(self) -> None:
        try:
            await self._used.write()
        except Unavailable as error:
            log.warning("use_not_written", error=str(error))


def look_after(settings: ProxySettings) -> Upkeep:
    """The upkeep of the store that the settings name, with the gauges of its folder. Raises SettingsError."""
    folder = local_folder(settings.storage_url)
    if folder is not None:
        expose_volume(str(folder), lambda: asdict(headroom(folder)))
    try:
        caretaker = open_caretaker(settings.storage_url)
    except ValueError as error:
        raise SettingsError(f"GOMOD_STORAGE_URL is wrong: {error}") from error
    return Upkeep(caretaker, OwnModules(settings.private_patterns).owns, settings.scrub_bytes_per_second)
