"""The single files that are kept of public versions in a bucket: a line with the hash of the file, and its bytes.

One that is not as it was written is nobody's: it is deleted as soon as somebody reads it, and is fetched again.
"""

from collections.abc import AsyncIterator

import structlog

from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod_storage import object_keys, part_sums
from gomod_storage.examine import Finding
from gomod_storage.object_bucket import Bucket
from gomod_storage.store import Document, PartKind

log = structlog.get_logger(__name__)


async def read(bucket: Bucket, module: ModuleVersion, kind: PartKind) -> Document:
    """The file. Raises NotFound and Unavailable."""
    found = await bucket.get(object_keys.part(module, kind), f"{module}.{kind}")
    data = _opened(kind, found.data)
    if data is None:
        log.error("part_damaged", module=str(module), kind=kind)
        await delete(bucket, module, kind)
        raise NotFound(f"{module}.{kind}: not in the store")
    return Document(data, found.modified)


async def create(bucket: Bucket, module: ModuleVersion, kind: PartKind, data: bytes) -> None:
    """Put the file there unless there is one. Raises Unavailable."""
    sealed = f"{part_sums.digest(kind, data)}\n".encode() + data
    await bucket.create(object_keys.part(module, kind), sealed)


async def delete(bucket: Bucket, module: ModuleVersion, kind: PartKind) -> None:
    """Delete it. Raises Unavailable."""
    await bucket.delete([object_keys.part(module, kind)])


async def everything(bucket: Bucket) -> AsyncIterator[tuple[ModuleVersion, PartKind]]:
    """All of them, in any order. Raises Unavailable."""
    async for key in bucket.keys(object_keys.PARTS):
        yield object_keys.part_of(key)


async def examine(bucket: Bucket, module: ModuleVersion, kind: PartKind) -> tuple[int, Finding | None]:
    """How many bytes it has, and what is the matter with it, if anything is. Raises NotFound and Unavailable."""
    stored = (await bucket.get(object_keys.part(module, kind), f"{module}.{kind}")).data
    if _opened(kind, stored) is not None:
        return len(stored), None
    return len(stored), Finding(module, "damaged", f"its .{kind}, kept alone, is not as it was written", part=kind)


def _opened(kind: PartKind, sealed: bytes) -> bytes | None:
    """The file's bytes; None when they are not those that were written."""
    digest, _, data = sealed.partition(b"\n")
    return data if digest.decode(errors="replace") == part_sums.digest(kind, data) else None
