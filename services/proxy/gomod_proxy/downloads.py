"""Brings public versions into the store: the zip streamed, checked and committed, once however many want it."""

import asyncio
from contextlib import suppress

import structlog

from gomod.dirhash import hash_go_mod
from gomod.errors import AlreadyExists, Forbidden, InvalidModule, RegistryError, Unavailable, UpstreamError
from gomod.modfile import module_path
from gomod.module import ModuleVersion
from gomod.modzip import CheckedZip, check_zip
from gomod_proxy import metrics
from gomod_proxy.absences import Absences
from gomod_proxy.checks import Checks
from gomod_proxy.documents import PATIENCE_SECONDS, Documents
from gomod_proxy.download import Download
from gomod_proxy.flights import Flights
from gomod_proxy.source import Source
from gomod_storage import Document, ModuleStore, Release, Staging
from gomod_storage.threads import run_sync

log = structlog.get_logger(__name__)

CHECKS_AT_ONCE = 2


class Downloads:
    """The downloads under way. They end by themselves, whether or not a client is left."""

    def __init__(
        self, store: ModuleStore, source: Source, documents: Documents, checks: Checks, absences: Absences
    ) -> None:
        self._store = store
        self._source = source
        self._documents = documents
        self._checks = checks
        self._absences = absences
        # Seconds of computing each: so few of them leave threads to those who read stored files.
        self._validations = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._flights: Flights[None] = Flights()
        self._under_way: dict[ModuleVersion, Download] = {}

    def join(self, module: ModuleVersion) -> Download:
        """The download of this version that is under way, else a new one."""
        download = self._under_way.get(module)
        if download is None:
            download = Download(f"{module} (zip)")
            self._under_way[module] = download
            task = self._flights.begin(module, lambda: self._take(module, download))
            task.add_done_callback(lambda done: self._end(module, download, done))
        return download

    async def aclose(self) -> None:
        """End what is under way."""
        await self._flights.aclose()

    def _end(self, module: ModuleVersion, download: Download, task: asyncio.Task[None]) -> None:
        del self._under_way[module]
        if task.cancelled():
            download.end(Unavailable(f"{module} (zip): the proxy is being stopped; try again"))
        else:
            download.end(task.exception())

    async def _take(self, module: ModuleVersion, download: Download) -> None:
        with self._absences.noted((module, "zip")):
            async with self._store.alone(module, "zip", PATIENCE_SECONDS) as is_there:
                if not is_there:
                    await self._fetch(module, download)

    async def _fetch(self, module: ModuleVersion, download: Download) -> None:
        async with self._store.stage() as staging:
            async with self._source.zip(module) as incoming:
                # Most often both were here a moment ago: go reads them first. Else they come beside the zip, once that
                # has begun to: after an outage one request finds out whether upstream is back, and others are refused.
                info, mod = self._documents.begin(module, "info"), self._documents.begin(module, "mod")
                download.begin(staging.zip, incoming.size)
                async for piece in incoming.chunks:
                    await download.write(piece)
                if not download.holds_bytes:
                    await download.write(b"")  # an empty file is no valid zip; none at all would be our trouble
            documents = (await asyncio.shield(info)).value, (await asyncio.shield(mod)).value
            async with self._validations:
                release = await run_sync(_check, module, staging, *documents)
            if await self._checks.zip(module, release.h1, release.go_mod_h1):
                await self._commit(release)
                with suppress(RegistryError):
                    download.kept = await self._store.zip(module)

    async def _commit(self, release: Release) -> None:
        try:
            published = await self._store.commit(release)
        except AlreadyExists as error:
            metrics.refused("changed")
            log.error(
                "upstream_changed_a_version",
                module=release.module.path,
                version=release.module.version,
                sent=release.h1,
                stored=error.stored_h1,
            )
            raise UpstreamError(f"{release.module} (zip): upstream sends other bytes than those stored here") from error
        except Forbidden as error:
            log.info("module_not_kept", module=release.module.path, version=release.module.version, reason=str(error))
        else:
            log.info(
                "module_kept",
                module=release.module.path,
                version=release.module.version,
                h1=release.h1,
                first=published,
            )


def _check(module: ModuleVersion, staging: Staging, info: Document, mod: Document) -> Release:
    """What is to be committed. Raises UpstreamError for a zip that no client would take, and Unavailable."""
    try:
        checked = check_zip(module, staging.zip)
    except InvalidModule as error:
        metrics.refused("invalid_zip")
        log.warning("upstream_sent_an_invalid_zip", module=module.path, version=module.version, reason=str(error))
        raise UpstreamError(f"{module} (zip): what upstream sends is no valid module zip: {error}") from error
    if not _agrees(checked, mod.data):
        metrics.refused("other_go_mod")
        log.warning("upstream_sent_another_go_mod", module=module.path, version=module.version)
        raise UpstreamError(f"{module} (zip): its go.mod is not the one that upstream sends as .mod")
    return Release(module, staging, checked.h1, hash_go_mod(mod.data), info, mod)


def _agrees(checked: CheckedZip, go_mod: bytes) -> bool:
    if checked.go_mod is None:
        return module_path(go_mod) == checked.module.path  # made up from the path alone (modfetch: LegacyGoMod)
    return checked.go_mod == go_mod
