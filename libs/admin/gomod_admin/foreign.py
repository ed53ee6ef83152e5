"""A version that somebody else stored: where its files are, and nothing that is believed of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gomod.layout import Kind
from gomod.limits import CHUNK_BYTES, MAX_GO_MOD, MAX_ZIP_FILE
from gomod.module import ModuleVersion
from gomod_admin.errors import NotTaken
from gomod_storage.os_errors import writing

Open = Callable[[], BinaryIO]
"""Opens a file for reading. Raises OSError."""

MAX_INFO = 1 << 20
"""Bytes of an .info. Ours: go has no limit, and none has more than a few hundred."""

_LIMITS: Mapping[Kind, int] = {"info": MAX_INFO, "mod": MAX_GO_MOD, "zip": MAX_ZIP_FILE}


@dataclass(frozen=True, slots=True)
class Foreign:
    """Some or all files of what calls itself a version; its name may be none.

    What reads its files raises NotTaken for those that can't be read or are too large for what they should be.
    """

    module: ModuleVersion
    files: Mapping[Kind, Open]
    parted: bool
    """Whether its store keeps single files of versions, as a module cache does; else a missing file is damage."""

    @property
    def missing(self) -> list[Kind]:
        """The files that are not there."""
        return [kind for kind in _LIMITS if kind not in self.files]

    @contextmanager
    def opened(self, kind: Kind) -> Iterator[BinaryIO]:
        """A file, for the length of a context."""
        try:
            with self.files[kind]() as file:
                yield file
        except OSError as error:
            raise NotTaken("unreadable", f"its {kind} can't be read: {error}") from error

    def read(self, kind: Kind) -> bytes:
        """A small file."""
        return b"".join(self._pieces(kind))

    def copy(self, kind: Kind, target: Path) -> None:
        """Copy a file of any size. Raises StoreFull and Unavailable for the target."""
        with writing(str(self.module)), target.open("wb") as copy:
            for piece in self._pieces(kind):
                copy.write(piece)

    def _pieces(self, kind: Kind) -> Iterator[bytes]:
        left = _LIMITS[kind]
        with self.opened(kind) as file:
            while piece := file.read(CHUNK_BYTES):
                left -= len(piece)
                if left < 0:
                    raise NotTaken("too-large", f"its {kind} has more than {_LIMITS[kind]} bytes")
                yield piece
