"""One public zip on its way from upstream to the store, read by any number of clients as it grows."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from gomod.errors import Unavailable
from gomod_storage.open_file import OpenFile
from gomod_storage.os_errors import writing
from gomod_storage.store import CHUNK_BYTES, Blob
from gomod_storage.threads import run_sync


class Download:
    """The bytes that have arrived, in a staging file, and how many of them clients may have already.

    The newest piece is held back until the next one is there, and the last one until the version is committed. So a
    client of a download that fails has a body that is visibly broken off, never a complete wrong one; and a zip of one
    piece fails before anything of it was sent.

    Who keeps up with it gets the pieces from memory, who is behind from the file.
    """

    def __init__(self, what: str) -> None:
        self.size: int | None = None  # bytes, when upstream said
        self._what = what
        self._path: Path | None = None
        self._file: OpenFile | None = None
        self._written = 0
        self._released = 0
        self._newest: list[tuple[int, bytes]] = []  # the last piece that was released, the one held back; with offsets
        self.over = False  # everything was released, or it has failed
        self.kept: Blob | None = None  # what it has become, before its end is told
        self._failure: BaseException | None = None
        self._news = asyncio.Event()

    # For the task that fills it

    def begin(self, file: Path, size: int | None) -> None:
        """The first piece makes the staging file."""
        self._path = file
        self.size = size

    async def write(self, piece: bytes) -> None:
        """Append a piece; what came before it may go out. Raises StoreFull or Unavailable."""
        await run_sync(self._append, piece)
        self._newest = [*self._newest[-1:], (self._written, piece)]
        self._released = self._written
        self._written += len(piece)
        self._announce()

    def end(self, failure: BaseException | None) -> None:
        """Everything may go out, or nothing more for the reason given."""
        self.over = True
        self._failure = failure
        if failure is None:
            self._released = self._written
        else:
            # The failure's traceback has this object, which has the failure: without this the file, which may be all
            # that a full disk lacks, would stay open until Python next looks for such circles.
            self._file = None
        self._announce()

    # For those who read it

    @property
    def holds_bytes(self) -> bool:
        """Whether anything came: nothing does when the version turned out to be stored."""
        return self._written > 0

    async def begun(self) -> None:
        """Return when there is something to send; raise what prevented it."""
        while not self._released and not self.over:
            await self._news.wait()
        self._check()

    async def chunks(self) -> AsyncIterator[bytes]:
        """All of it, from the start. Raises what the download failed with, or Unavailable."""
        sent = 0
        while True:
            self._check()
            if sent < self._released:
                piece = self._in_memory(sent) or await run_sync(self._read, sent)
                sent += len(piece)
                yield piece
            elif self.over:
                return
            else:
                await self._news.wait()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _in_memory(self, offset: int) -> bytes:
        """The piece that begins there, empty for one that has gone already."""
        return next((piece for begin, piece in self._newest if begin == offset), b"")

    def _append(self, piece: bytes) -> None:
        left = memoryview(piece)
        offset = self._written
        with writing(self._what):
            if self._file is None:
                self._file = self._open()
            file = self._file
            while left:
                count = os.pwrite(file.fileno(), left, offset)
                left, offset = left[count:], offset + count

    def _open(self) -> OpenFile:
        """The file. It loses its name with the commit, or with a failure; whoever reads goes on in what is open."""
        assert self._path is not None  # it was begun
        return OpenFile(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644), "r+b")

    def _read(self, offset: int) -> bytes:
        file = self._file
        if file is None:
            self._check()
            raise Unavailable(f"{self._what}: what was downloaded is gone")
        try:
            piece = os.pread(file.fileno(), min(CHUNK_BYTES, self._released - offset), offset)
        except OSError as error:
            raise Unavailable(f"{self._what}: what was downloaded can't be read: {error.strerror}") from error
        if not piece:
            raise Unavailable(f"{self._what}: what was downloaded is gone")
        return piece
