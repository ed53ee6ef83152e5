"""The files of a module in a commit's archive, as modzip takes them."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from gomod.modzip import FileKind


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file in a tar; it is read from there when it is opened."""

    path: str  # from the module's root
    archive: tarfile.TarFile
    member: tarfile.TarInfo

    @property
    def kind(self) -> FileKind:
        """What git has it as: a file, or a symbolic link."""
        return "file" if self.member.isreg() else "symlink" if self.member.issym() else "irregular"

    @property
    def size(self) -> int:
        """Bytes."""
        return self.member.size

    def open(self) -> BinaryIO:
        """The contents."""
        file = self.archive.extractfile(self.member)
        assert file is not None  # it is one
        return file  # type: ignore[return-value]  # typeshed says IO[bytes]; it is a BufferedReader


@dataclass(frozen=True, slots=True)
class FileFromMemory:
    """A file that is put beside the archived ones."""

    path: str
    data: bytes

    @property
    def kind(self) -> FileKind:
        """Always a file."""
        return "file"

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    def open(self) -> BinaryIO:
        """The contents."""
        return io.BytesIO(self.data)


def archived_files(archive: tarfile.TarFile, subdir: str) -> Iterator[ArchivedFile]:
    """The files of the folder `subdir` (the root when empty) in the archive's order; folders are no files."""
    prefix = f"{subdir}/" if subdir else ""
    for member in archive:
        if member.name.startswith(prefix) and not member.isdir():
            yield ArchivedFile(member.name.removeprefix(prefix), archive, member)
