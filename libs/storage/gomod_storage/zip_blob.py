"""A stored zip as a stream, opened once: what is removed while it is read is read to its end."""

import os
from collections.abc import AsyncIterator

from gomod.errors import Unavailable
from gomod.module import ModuleVersion
from gomod_storage import os_errors
from gomod_storage.open_file import OpenFile
from gomod_storage.store import CHUNK_BYTES, Blob, Extent
from gomod_storage.threads import run_sync

EXTENT_BYTES = 4 << 20
_READ_AHEAD_BYTES = 128 * 1024  # Linux's own, of most disks

_NO_WAIT: int | None = getattr(os, "RWF_NOWAIT", None)


def zip_blob(module: ModuleVersion, descriptor: int) -> Blob:
    """The blob that reads from an open file, which it closes. Raises OSError."""
    zip_ = _OpenZip(module, descriptor)
    status = os.fstat(descriptor)
    return Blob(
        size=status.st_size,
        modified=status.st_mtime,
        # Both are the same on every replica of the service, and no version is ever written twice.
        etag=f"{status.st_size:x}-{status.st_mtime_ns:x}",
        chunks=zip_.chunks,
        extents=zip_.extents,
    )


class _OpenZip:
    """The file lives as long as the blob, one of its streams or of its extents does."""

    def __init__(self, module: ModuleVersion, descriptor: int) -> None:
        self._module = module
        self._file = OpenFile(descriptor, "rb")

    async def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        while start < stop:
            size = min(CHUNK_BYTES, stop - start)
            if self._is_at_hand(start + size - 1):
                chunk = self._read(start, size)
            else:
                chunk = await run_sync(self._read, start, size)
            start += len(chunk)
            yield chunk

    async def extents(self, start: int, stop: int) -> AsyncIterator[Extent]:
        while start < stop:
            size = min(EXTENT_BYTES, stop - start)
            probes = (*range(start, start + size, _READ_AHEAD_BYTES), start + size - 1)
            if not all(map(self._is_at_hand, probes)):
                await run_sync(self._bring_in, start, size)
            yield Extent(self._file, start, size)
            start += size

    def _is_at_hand(self, offset: int) -> bool:
        """Whether a byte can be read without waiting for a disk; what is before it was read ahead with it, or still is.

        A thread costs more than copying a chunk. Without an answer (NFS, other systems than Linux) it is taken.
        """
        try:
            return _NO_WAIT is not None and os.preadv(self._file.fileno(), [bytearray(1)], offset, _NO_WAIT) == 1
        except OSError:
            return False

    def _read(self, start: int, size: int) -> bytes:
        with os_errors.writing(f"{self._module}.zip"):
            chunk = os.pread(self._file.fileno(), size, start)
        if not chunk:
            raise Unavailable(f"{self._module}.zip: the stored file ends after {start} bytes")
        return chunk

    def _bring_in(self, start: int, size: int) -> None:
        """Read it all, for the kernel to have it in memory."""
        stop = start + size
        while start < stop:
            start += len(self._read(start, min(CHUNK_BYTES, stop - start)))
