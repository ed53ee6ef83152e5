"""What a client needs of the outer world: the database, a place for what was proven, the newest head seen."""

from typing import Protocol


class Remote(Protocol):
    """The database itself, or whoever passes it on."""

    async def fetch(self, path: str) -> bytes:
        """What it answers at a URL path: `/latest`, `/lookup/…`, `/tile/8/…`. No answer is as long as 1 MB.

        Several tasks may ask for one path at once. Raises NotFound when the database says that there is no such
        thing, UpstreamError or UpstreamTimeout when it does not say.
        """


class Archive(Protocol):
    """Answers that were proven, by URL path: they hold for ever, and may be passed on to anybody as they are."""

    async def load(self, path: str) -> bytes:
        """Raises NotFound when it is not kept, Unavailable when that can't be told."""

    async def save(self, path: str, data: bytes) -> None:
        """Keep this instead of what was there, or don't: what is not kept is asked for again."""


class Heads(Protocol):
    """The newest signed head seen, shared by all replicas. Whoever loses it will trust any signed head once."""

    async def load(self) -> bytes:
        """The note, empty before the first. Raises Unavailable."""

    async def replace(self, old: bytes, new: bytes) -> bool:
        """Durably put `new` in the place of `old`; False, with nothing done, when another note is there by now.

        Raises Unavailable.
        """
