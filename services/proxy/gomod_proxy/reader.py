"""What a reader of modules promises, and how it says where an answer came from."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from gomod.module import ModuleVersion
from gomod_storage import Blob, Document

T = TypeVar("T", covariant=True)


class Cache(StrEnum):
    """Where an answer came from; goes out as X-Cache."""

    HIT = "HIT"  # a public module, from the store
    MISS = "MISS"  # from upstream, just now
    STALE = "STALE"  # from the store, because upstream could not be asked
    LOCAL = "LOCAL"  # a module of our own


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """An answer and where it came from."""

    value: T
    cache: Cache
    kept: bool = True
    """Whether it is in the store now, so that it will be the same for ever."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A zip that is still on its way from upstream."""

    size: int | None  # bytes, when upstream said
    chunks: Callable[[], AsyncIterator[bytes]]
    """All of it, from the start; every call is a reader of its own.

    The last bytes come only when the whole zip was found valid and is kept. Raises UpstreamError or Unavailable
    midway: then what was read so far is worth nothing.
    """
    kept: Callable[[], Blob | None]
    """The same zip in the store, once the last bytes were given and if it was kept."""


class ModuleReader(Protocol):
    """One link of the chain that answers the GOPROXY protocol.

    Every method raises NotFound when absence is known, Unavailable when our store can't be read, and UpstreamError
    (UpstreamTimeout) when an upstream would have to be asked and can't be.
    """

    async def versions(self, path: str) -> Found[list[str]]:
        """The versions of a module, in semver order."""
        ...

    async def latest(self, path: str) -> Found[Document]:
        """The .info of the newest release, else of the newest prerelease, else of the newest pseudo-version."""
        ...

    async def query(self, path: str, query: str) -> Found[Document]:
        """The .info of the version that a branch, a tag, a commit, `latest` or a version's prefix means now."""
        ...

    async def info(self, module: ModuleVersion) -> Found[Document]:
        """The .info of a version."""
        ...

    async def mod(self, module: ModuleVersion) -> Found[Document]:
        """The go.mod of a version."""
        ...

    async def zip(self, module: ModuleVersion) -> Found[Blob | Stream]:
        """The zip of a version."""
        ...
