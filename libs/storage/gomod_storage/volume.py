"""A store on a POSIX volume, which several processes may use at once; see docs/architecture.md for the layout."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog
from anyio import to_thread

from gomod import semver
from gomod.errors import NotFound
from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import (
    alone,
    audit,
    catalog,
    commit,
    gone,
    index,
    kept,
    os_errors,
    parts,
    removal,
    repair,
    reserve,
    small_file,
    stage,
    sums,
    version_folder,
    withdraw,
    withdrawn,
)
from gomod_storage.catalog import LeftOut
from gomod_storage.folders import Folders
from gomod_storage.listing import Listings
from gomod_storage.places import Places, check_storable
from gomod_storage.read_repair import ReadRepair
from gomod_storage.store import Blob, Document, Fate, Hashes, Indexed, PartKind, Release, Staging, Withdrawal
from gomod_storage.threads import run_sync
from gomod_storage.turns import Turns
from gomod_storage.zip_blob import zip_blob

log = structlog.get_logger(__name__)


class Volume:
    """A Store in one folder. Each operation is one hop to a thread; what is read as a stream, one a chunk."""

    def __init__(self, root: Path) -> None:
        self._places = Places(root)
        self._listings = Listings(self._places)
        self._folders = Folders(root)
        self._read_repair = ReadRepair(self._places)
        self._turns = Turns(self._places)

    async def versions(self, path: str) -> list[str]:
        return await run_sync(self._versions, path)

    async def info(self, module: ModuleVersion) -> Document:
        return await run_sync(self._document, module, "info")

    async def mod(self, module: ModuleVersion) -> Document:
        return await run_sync(self._document, module, "mod")

    async def zip(self, module: ModuleVersion) -> Blob:
        return await run_sync(self._zip, module)

    async def document(self, module: ModuleVersion, kind: PartKind) -> Document:
        return await run_sync(self._document_or_part, module, kind)

    async def part(self, module: ModuleVersion, kind: PartKind) -> Document:
        return await run_sync(self._part, module, kind)

    async def keep_part(self, module: ModuleVersion, kind: PartKind, data: bytes) -> Document:
        return await run_sync(self._keep_part, module, kind, data)

    def stage(self) -> AbstractAsyncContextManager[Staging]:
        return stage.stage(self._places)

    async def commit(self, release: Release) -> bool:
        return await run_sync(self._commit, release)

    async def check(self, release: Release) -> None:
        await run_sync(self._check, release)

    def alone(self, module: ModuleVersion, kind: Kind, patience: float) -> AbstractAsyncContextManager[bool]:
        return alone.alone(self._turns, f"{module}.{kind}", patience, partial(self._is_there, module, kind))

    async def catalog(self, after: ModuleVersion | None, limit: int) -> list[ModuleVersion]:
        return await run_sync(self._catalog, after, limit, partial(withdrawn.versions, self._places))

    async def stored(self, after: ModuleVersion | None, limit: int) -> list[ModuleVersion]:
        return await run_sync(self._catalog, after, limit, _nothing)

    async def recorded(self, module: ModuleVersion) -> Hashes:
        return await run_sync(self._recorded, module)

    async def take_away(self, module: ModuleVersion, reason: str, fate: Fate) -> bool:
        return await run_sync(self._take_away, module, reason, fate)

    async def parts(self) -> AsyncIterator[tuple[ModuleVersion, PartKind]]:
        for each in await run_sync(self._parts):
            yield each

    async def index(self, since: datetime | None, limit: int) -> list[Indexed]:
        return await run_sync(self._index, since, limit)

    async def withdraw(self, module: ModuleVersion, withdrawal: Withdrawal) -> None:
        await run_sync(self._withdraw, module, withdrawal)

    async def reinstate(self, module: ModuleVersion) -> None:
        await run_sync(self._reinstate, module)

    async def withdrawal(self, module: ModuleVersion) -> Withdrawal:
        return await run_sync(self._withdrawal, module)

    async def audit(self, record: bytes) -> None:
        await run_sync(self._audit, record)

    async def kept(self, name: str) -> bytes:
        return await run_sync(kept.read, self._places, name)

    async def keep(self, name: str, data: bytes) -> None:
        await run_sync(kept.keep, self._places, name, data)

    async def exchange(self, name: str, old: bytes, new: bytes) -> bool:
        return await run_sync(kept.exchange, self._places, name, old, new)

    async def ready(self) -> None:
        # A volume that hangs must not hang whoever asks whether it is well.
        await to_thread.run_sync(stage.probe, self._places, abandon_on_cancel=True)

    async def start(self) -> None:
        await run_sync(self._start)

    def _versions(self, path: str) -> list[str]:
        self._places.check_path(path)
        with os_errors.reading(self._places, path):
            lost = gone.lost_versions(self._places, path)
        try:
            with os_errors.reading(self._places, path):
                listed = self._listings.versions(path)
                left_out = withdrawn.versions(self._places, path)
        except NotFound:
            return semver.sort(lost)
        versions = semver.sort({*listed, *lost}) if lost else listed
        return [version for version in versions if version not in left_out]

    def _open(self, module: ModuleVersion, kind: Kind) -> int:
        """A descriptor of a file of a whole version. Raises OSError."""
        self._places.check(module)
        try:
            descriptor = version_folder.open_file(self._places.version(module), kind)
        except (FileNotFoundError, NotADirectoryError):
            gone.check(self._places, module)
            raise
        self._read_repair.after_reading(module)
        return descriptor

    def _document(self, module: ModuleVersion, kind: Kind) -> Document:
        with os_errors.reading(self._places, str(module)):
            return small_file.document(self._open(module, kind))

    def _zip(self, module: ModuleVersion) -> Blob:
        with os_errors.reading(self._places, str(module)):
            return zip_blob(module, self._open(module, "zip"))

    def _part(self, module: ModuleVersion, kind: PartKind) -> Document:
        self._places.check(module)
        with os_errors.reading(self._places, f"{module}.{kind}"):
            return parts.read(self._places, module, kind)

    def _document_or_part(self, module: ModuleVersion, kind: PartKind) -> Document:
        with os_errors.reading(self._places, f"{module}.{kind}"):
            try:
                return small_file.document(self._open(module, kind))
            except (FileNotFoundError, NotADirectoryError):
                return parts.read(self._places, module, kind)

    def _is_there(self, module: ModuleVersion, kind: Kind) -> bool:
        if version_folder.stands(self._places.version(module)):
            return True
        return kind != "zip" and self._places.part(module, kind).exists()

    def _parts(self) -> list[tuple[ModuleVersion, PartKind]]:
        with os_errors.writing("the parts"):
            return list(parts.everything(self._places))

    def _keep_part(self, module: ModuleVersion, kind: PartKind, data: bytes) -> Document:
        self._places.check(module)
        with os_errors.writing(f"{module}.{kind}"):
            if kind == "mod":
                sums.check_go_mod(self._places, module, data)
            return parts.keep(self._places, module, kind, data)

    def _commit(self, release: Release) -> bool:
        self._places.check(release.module)
        with os_errors.writing(str(release.module)):
            return commit.commit(self._places, release)

    def _check(self, release: Release) -> None:
        self._places.check(release.module)
        check_storable(release.module.path)
        with os_errors.writing(str(release.module)):
            sums.check(self._places, release)

    def _catalog(self, after: ModuleVersion | None, limit: int, left_out: LeftOut) -> list[ModuleVersion]:
        with os_errors.reading(self._places, "the catalog"):
            return catalog.page(self._places, self._listings, self._folders, after, limit, left_out)

    def _recorded(self, module: ModuleVersion) -> Hashes:
        self._places.check(module)
        with os_errors.reading(self._places, f"the hashes of {module}"):
            # They outlive a version that was taken away; then they are for whoever brings it back.
            if not version_folder.stands(self._places.version(module)):
                raise FileNotFoundError(f"{module} does not stand")
            return sums.read(self._places, module)

    def _take_away(self, module: ModuleVersion, reason: str, fate: Fate) -> bool:
        self._places.check(module)
        with os_errors.reading(self._places, str(module)):
            judged = version_folder.identity(self._places.version(module).stat())
        with os_errors.writing(str(module)):
            return removal.quarantine(self._places, module, judged, reason, fate)

    def _index(self, since: datetime | None, limit: int) -> list[Indexed]:
        try:
            with os_errors.reading(self._places, "the index"):
                return index.read(self._places, since, limit)
        except NotFound:
            return []

    def _withdraw(self, module: ModuleVersion, withdrawal: Withdrawal) -> None:
        self._places.check(module)
        with os_errors.writing(str(module)):
            withdraw.withdraw(self._places, module, withdrawal)

    def _reinstate(self, module: ModuleVersion) -> None:
        self._withdrawal(module)  # raises NotFound
        with os_errors.writing(str(module)):
            withdraw.reinstate(self._places, module)

    def _withdrawal(self, module: ModuleVersion) -> Withdrawal:
        self._places.check(module)
        with os_errors.reading(self._places, f"the withdrawal of {module}"):
            return withdrawn.read(self._places, module)

    def _audit(self, record: bytes) -> None:
        with os_errors.writing("the audit log"):
            audit.append(self._places, record)

    def _start(self) -> None:
        with os_errors.writing("start-up"):
            repairs = repair.start(self._places)
            reserve.make(self._places)
        for module in repairs.finished:
            log.info("commit_finished", module=module.path, version=module.version)
        for error in repairs.postponed:
            log.warning("repair_postponed", error=str(error))


def _nothing(_: str) -> frozenset[str]:
    """What is left out of a page of everything."""
    return frozenset()
