"""What a store promises, whatever it stands on; tests/storage/test_contract.py holds every store to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Literal, Protocol

from gomod.layout import Kind
from gomod.module import ModuleVersion

PartKind = Literal["info", "mod"]

Fate = Literal["gone", "lost"]
"""What becomes of a version that is taken away: see Inventory.take_away."""

CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """A small stored file (.info or .mod), whole in memory."""

    data: bytes
    modified: float  # seconds since the epoch, when it was stored


@dataclass(frozen=True, slots=True)
class Extent:
    """A part of an open file that can be read without waiting for a disk."""

    file: FileIO
    offset: int  # bytes
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored zip that is read as a stream."""

    size: int  # bytes
    modified: float  # seconds since the epoch, when it was stored
    etag: str  # opaque and strong, without quotes: other bytes, another etag
    chunks: Callable[[int, int], AsyncIterator[bytes]]
    """`chunks(start, stop)` yields the bytes of that half-open range, at most CHUNK_BYTES at a time.

    Raises Unavailable when the store fails midway. A version that is removed while it is read is read to its end.
    """
    extents: Callable[[int, int], AsyncIterator[Extent]] | None = None
    """The same bytes as parts of a file, which a kernel can send by itself; None when they are in no file."""


@dataclass(frozen=True, slots=True)
class Staging:
    """A private folder on the store's filesystem in which one version is gathered; gone when its context ends.

    A volume makes the folder itself the version's: nothing else may be in it when it is committed.
    """

    path: Path

    @property
    def info(self) -> Path:
        """Where the version's .info goes."""
        return self.path / "info"

    @property
    def mod(self) -> Path:
        """Where the version's go.mod goes."""
        return self.path / "go.mod"

    @property
    def zip(self) -> Path:
        """Where the version's zip goes."""
        return self.path / "source.zip"


@dataclass(frozen=True, slots=True)
class Release:
    """A version that is whole and valid, ready to be committed: its three files in staging, or the small ones at hand.

    Those of a public version are at hand, and most often kept as parts, which then need not be written once more.
    """

    module: ModuleVersion
    staging: Staging
    h1: str  # dirhash of the zip, as go.sum writes it: "h1:…="
    go_mod_h1: str  # dirhash of the go.mod
    info: Document | None = None  # None when it is staged
    mod: Document | None = None

    def read(self, kind: PartKind) -> bytes:
        """The .info or go.mod. Raises OSError."""
        document, staged = (self.info, self.staging.info) if kind == "info" else (self.mod, self.staging.mod)
        return staged.read_bytes() if document is None else document.data


@dataclass(frozen=True, slots=True)
class Hashes:
    """What go.sum says of a version."""

    h1: str  # dirhash of the zip, as go.sum writes it: "h1:…="
    go_mod_h1: str  # dirhash of the go.mod


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a version was taken back, by whom and when."""

    reason: str
    by: str
    time: str  # RFC 3339, UTC


@dataclass(frozen=True, slots=True)
class Indexed:
    """A version in the index, and when it came to be seen there: no two have the same time."""

    module: ModuleVersion
    time: datetime


class StoreReader(Protocol):
    """Reading whole versions. Absent raises NotFound; unreadable raises Unavailable, never NotFound."""

    async def versions(self, path: str) -> list[str]:
        """All whole versions of the module in semver order, pseudo-versions too, but those that are withdrawn.

        Empty when there is none.
        """
        ...

    async def info(self, module: ModuleVersion) -> Document:
        """The .info, byte for byte as committed."""
        ...

    async def mod(self, module: ModuleVersion) -> Document:
        """The go.mod, byte for byte as committed."""
        ...

    async def zip(self, module: ModuleVersion) -> Blob:
        """The zip, byte for byte as committed."""
        ...


class ModuleStore(StoreReader, Protocol):
    """Reading and writing. A version appears whole or not at all, and never changes."""

    async def document(self, module: ModuleVersion, kind: PartKind) -> Document:
        """The .info or go.mod, of the whole version or else the part. Raises NotFound."""
        ...

    async def part(self, module: ModuleVersion, kind: PartKind) -> Document:
        """The .info or go.mod of a public version whose zip was never asked for. Raises NotFound."""
        ...

    async def keep_part(self, module: ModuleVersion, kind: PartKind, data: bytes) -> Document:
        """Keep one file of a version without its zip, and return what now stands: the first one kept stands.

        Raises AlreadyExists for another go.mod than a version had that was taken away, StoreFull and Unavailable.
        """
        ...

    def stage(self) -> AbstractAsyncContextManager[Staging]:
        """A new staging folder; what is left in it when the context ends is removed. Raises StoreFull, Unavailable."""
        ...

    async def commit(self, release: Release) -> bool:
        """Make the release visible for ever, first writer wins. Its staged files are used up, whatever comes of it.

        Returns True when this call published it, False when the same module (the same two h1) stood already; then the
        bytes that stood first stay. Raises AlreadyExists when other bytes stand, Forbidden when this store can't hold a
        module of that path, StoreFull and Unavailable. After the last two nothing is visible, or all of it: committed
        once more, the same module is made good or found to stand.
        """
        ...

    async def check(self, release: Release) -> None:
        """Return unless a commit of the release would be refused by what is on record. It writes nothing.

        So also of a version that was taken away, which no reader can tell from one that never was: only the same module
        may come back. Where a version has no hashes on record, which another program may have stored, only the commit
        compares. Raises AlreadyExists and Forbidden as `commit`, Unavailable.
        """
        ...

    def alone(self, module: ModuleVersion, kind: Kind, patience: float) -> AbstractAsyncContextManager[bool]:
        """A context that is entered by one at a time of all who use the store and want to bring it the same file.

        It says whether the file is there by now: it spares work that would be done twice. The next one enters when the
        holder ends or dies. Nothing that must be right may depend on it, for it is entered all the same after
        `patience` seconds, or when the store can't lock. Raises nothing.
        """
        ...

    async def catalog(self, after: ModuleVersion | None, limit: int) -> list[ModuleVersion]:
        """At most `limit` of all whole versions that are not withdrawn, those that follow `after`; fewer at the end.

        In an order that never changes, so that pages lose and repeat nothing that stands all the while: module by
        module, in an order of the store's own, the versions of each in semver order. Raises Unavailable.
        """
        ...

    async def index(self, since: datetime | None, limit: int) -> list[Indexed]:
        """At most `limit` of all versions that are not withdrawn, those later than `since`; fewer at the end.

        In the order in which they came to be seen: what is not there yet will be later than all that is, so pages lose
        and repeat nothing. A version that another program put there comes when it is read for the first time; one that
        is reinstated is where it was. Raises Unavailable.
        """
        ...

    async def withdraw(self, module: ModuleVersion, withdrawal: Withdrawal) -> None:
        """Take a version out of `versions`; its files are served as before, and it can never be committed anew.

        Withdrawing it again replaces the reason. Raises NotFound, StoreFull and Unavailable.
        """
        ...

    async def reinstate(self, module: ModuleVersion) -> None:
        """Undo `withdraw`. Raises NotFound when the version is not withdrawn, StoreFull and Unavailable."""
        ...

    async def withdrawal(self, module: ModuleVersion) -> Withdrawal:
        """Why a version is withdrawn. Raises NotFound when it is not."""
        ...

    async def audit(self, record: bytes) -> None:
        """Append one line (without its newline) to the audit log, durably. Raises StoreFull and Unavailable."""
        ...

    async def kept(self, name: str) -> bytes:
        """What was last kept under a name, like `sumdb/x/latest`. Raises NotFound, Malformed for no name, Unavailable.

        It may be older than what another replica keeps right now, never a mixture of the two.
        """
        ...

    async def keep(self, name: str, data: bytes) -> None:
        """Keep a small file for all replicas. It may be lost with the power, and a name too long is passed over.

        Raises Malformed, StoreFull and Unavailable.
        """
        ...

    async def exchange(self, name: str, old: bytes, new: bytes) -> bool:
        """Durably keep `new` where `old` is kept, empty for nothing; False, with nothing done, when it is not there.

        Raises Malformed, StoreFull and Unavailable.
        """
        ...

    async def ready(self) -> None:
        """Really write, sync and read back. Raises StoreFull or Unavailable."""
        ...

    async def start(self) -> None:
        """Repair what a crash left: projections to finish, staging that is provably dead. Raises Unavailable."""
        ...


class Inventory(Protocol):
    """What is in a store, for those who look after it."""

    async def stored(self, after: ModuleVersion | None, limit: int) -> list[ModuleVersion]:
        """As `catalog`, with the versions that are withdrawn."""
        ...

    async def recorded(self, module: ModuleVersion) -> Hashes:
        """What a version hashed to when it was committed. Raises NotFound and Unavailable."""
        ...

    async def take_away(self, module: ModuleVersion, reason: str, fate: Fate) -> bool:
        """Take a damaged version out of service; its bytes are kept aside, and only the same module may come back.

        `gone`: it is absent, for somebody else has it, too. `lost`: it is listed, and reading it raises Damaged.
        Returns False when somebody else was faster. Raises NotFound, StoreFull and Unavailable.
        """
        ...

    def parts(self) -> AsyncIterator[tuple[ModuleVersion, PartKind]]:
        """Every single file that is kept of a version without its zip, in any order. Raises Unavailable."""
        ...


class Store(ModuleStore, Inventory, Protocol):
    """All that a store can do."""
