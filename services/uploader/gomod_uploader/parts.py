"""The parts of an upload as they arrive: short texts in memory, files on disk."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from anyio import to_thread

from gomod.errors import InvalidModule, TooLarge, Violation
from gomod_storage.os_errors import writing
from gomod_storage.store import CHUNK_BYTES

MAX_TEXT = 4 * 1024


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A part that is on disk, whole."""

    size: int  # bytes
    sha256: str  # hexadecimal


class TextPart:
    """A short text: UTF-8, and what is white space around it (`-F module=<file` sends a line end) is not part of it."""

    def __init__(self, name: str, then: Callable[[str], None] | None = None) -> None:
        self.name = name
        self.text = ""
        self._then = then
        self._data = bytearray()

    def take(self, data: bytes) -> None:
        """The next piece. Raises TooLarge."""
        self._data += data
        if len(self._data) > MAX_TEXT:
            raise _too_large(self.name, MAX_TEXT)

    def end(self) -> None:
        """The text is complete. Raises InvalidModule, and what `then` raises when it is told the text."""
        try:
            self.text = self._data.decode().strip()
        except UnicodeDecodeError as error:
            violation = Violation("part-encoding", f"the part {self.name!r} is not UTF-8: {error.reason}")
            raise InvalidModule((violation,)) from error
        if self._then is not None:
            self._then(self.text)

    async def settle(self) -> None:
        """Nothing: a text stays in memory."""


class FilePart:
    """A file that goes to disk in pieces of CHUNK_BYTES, hashed on the way, in worker threads."""

    def __init__(self, name: str, limit: int, path: Path) -> None:
        self.name = name
        self._limit = limit
        self._path = path
        self._file: FileIO | None = None
        self._buffer = bytearray()
        self._size = 0
        self._digest = hashlib.sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def take(self, data: bytes) -> None:
        """The next piece; it waits in memory until it is written. Raises TooLarge."""
        self._buffer += data
        self._size += len(data)
        if self._size > self._limit:
            raise _too_large(self.name, self._limit)

    def end(self) -> None:
        """Nothing to do yet: `finish` can wait for the disk, and this can't."""

    async def settle(self) -> None:
        """Write what came, once it is a piece worth a thread. Raises StoreFull or Unavailable."""
        if len(self._buffer) >= CHUNK_BYTES:
            await to_thread.run_sync(self._write_out)

    async def finish(self) -> StagedFile:
        """Write the rest. Raises StoreFull or Unavailable."""
        await to_thread.run_sync(self._write_out)
        return StagedFile(self._size, self._digest.hexdigest())

    def _write_out(self) -> None:
        data, self._buffer = self._buffer, bytearray()
        with writing("the upload"):
            if self._file is None:
                self._file = FileIO(self._path, "x")
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]
        self._digest.update(data)


def _too_large(name: str, limit: int) -> TooLarge:
    return TooLarge(f"the part {name!r} is larger than {limit} bytes")
