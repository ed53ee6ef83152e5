"""What the proxy needs of an upstream, whichever kind it is."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from gomod.module import ModuleVersion
from gomod_storage import PartKind


@dataclass(frozen=True, slots=True)
class Incoming:
    """A zip that an upstream is sending."""

    size: int | None  # bytes, when the upstream said
    chunks: AsyncIterator[bytes]
    """Raises UpstreamError when the upstream stops early, sends too much or falls silent."""


class Source(Protocol):
    """Where public modules come from.

    Every method raises NotFound when the upstream says that there is no such thing, and UpstreamError
    (UpstreamTimeout) for everything else that keeps it from answering sensibly.
    """

    async def versions(self, path: str) -> list[str]:
        """The tagged versions, in no particular order."""
        ...

    async def latest(self, path: str) -> bytes:
        """The .info of what the upstream holds for the latest version."""
        ...

    async def query(self, path: str, query: str) -> bytes:
        """The .info of the version that a branch, tag, commit or version's prefix means now."""
        ...

    async def document(self, module: ModuleVersion, kind: PartKind) -> bytes:
        """The .info or go.mod of a version."""
        ...

    def zip(self, module: ModuleVersion) -> AbstractAsyncContextManager[Incoming]:
        """The zip of a version, while the context lasts."""
        ...
