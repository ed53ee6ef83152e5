"""Where everything lies on a volume, and which names it can hold."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from gomod import layout
from gomod.errors import Forbidden, InvalidPath
from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import names

PATH_BYTES = 4095
"""The longest path (PATH_MAX, less its closing NUL)."""

_PARTS = ".parts"


@dataclass(frozen=True, slots=True)
class Places:
    """The names below one volume's root. Our own folders begin with a dot, which no element of a module path may."""

    root: Path

    @property
    def staging(self) -> Path:
        """Folders that versions are gathered in, and beside each the file that its owner holds locked."""
        return self.root / ".staging"

    @property
    def trash(self) -> Path:
        """What is being deleted: out of everybody's way with one rename."""
        return self.root / ".trash"

    @property
    def locks(self) -> Path:
        """Files to lock; they spare work that would be done twice, and correctness never depends on them."""
        return self.root / ".locks"

    @property
    def reserve(self) -> Path:
        """Files that only take room, until somebody deletes something on a full volume."""
        return self.root / ".reserve"

    @property
    def parts(self) -> Path:
        """Single files of public versions whose zip was never asked for."""
        return self.root / _PARTS

    @property
    def withdrawn(self) -> Path:
        """Marks on versions that were withdrawn, in the escaped layout."""
        return self.root / ".withdrawn"

    @property
    def sums(self) -> Path:
        """What versions hashed to when they were committed, in the escaped layout."""
        return self.root / ".sums"

    @property
    def gone(self) -> Path:
        """Marks on versions that were taken away, in the escaped layout."""
        return self.root / ".gone"

    @property
    def lost(self) -> Path:
        """The same of those that nobody can fetch again."""
        return self.root / ".lost"

    @property
    def quarantine(self) -> Path:
        """Versions that were found damaged, in the escaped layout."""
        return self.root / ".quarantine"

    @property
    def used(self) -> Path:
        """When versions were last used."""
        return self.root / ".used"

    @property
    def audit(self) -> Path:
        """The audit log."""
        return self.root / ".audit"

    @property
    def index(self) -> Path:
        """The index, one file of lines."""
        return self.root / ".index"

    @property
    def kept(self) -> Path:
        """Small files of the services' own."""
        return self.root / ".kept"

    def module(self, path: str) -> Path:
        """The folder of a module's versions, as Athens names it: the path as written."""
        return self.root / path

    def version(self, module: ModuleVersion) -> Path:
        """The folder of one version's three files. When it is there and whole, the version is committed."""
        return self.root / f"{module.path}/{module.version}"

    def projected(self, module: ModuleVersion, kind: Kind) -> Path:
        """The file that a static server or GOPROXY=file:// serves."""
        return self.root / layout.file_name(module, kind)

    def projected_list(self, path: str) -> Path:
        """The list that a static server or GOPROXY=file:// serves."""
        return self.root / layout.list_name(path)

    def part(self, module: ModuleVersion, kind: Kind) -> Path:
        """One kept file of a version that is not whole."""
        return self.root / f"{_PARTS}/{layout.file_name(module, kind)}"

    def part_sums(self, path: str) -> Path:
        """What the kept files of a module's versions that are not whole hashed to."""
        return (self.sums / layout.list_name(path)).with_name("parts")

    def projection_lock(self, path: str) -> Path:
        """Held while a module's projection is written. One of 4096, so that nobody has to tidy them up."""
        return self.locks / f"projection-{hashlib.sha256(path.encode()).hexdigest()[:3]}"

    @property
    def turns(self) -> Path:
        """The file whose bytes are held by whoever's turn it is to do some work."""
        return self.locks / "turns"

    def check_path(self, path: str) -> None:
        """Raise InvalidPath for what is no module path or too long to be stored."""
        names.check_path(path)
        self._check_length(layout.list_name(path), path)

    def check(self, asked: ModuleVersion) -> None:
        """Raise InvalidPath or InvalidVersion for what can't be a stored version; the rest may become file names."""
        names.check(asked)
        self._check_length(f"{_PARTS}/{layout.file_name(asked, 'info')}", asked.path)
        self._check_length(f"{asked.path}/{asked.version}/{asked.version}.info", asked.path)

    def _check_length(self, longest: str, path: str) -> None:
        if len(os.fsencode(f"{self.root}/{longest}")) > PATH_BYTES:
            raise InvalidPath("module", path, f"longer than {PATH_BYTES} bytes as a file's path")


def check_storable(path: str) -> None:
    """Raise Forbidden for a path whose folder would lie where a version of a shorter path has its own.

    `a.b/c/v1.0.0/d` is a legal module path, but kept it would block `a.b/c@v1.0.0` for ever.
    """
    if element := layout.inner_version(path):
        raise Forbidden(f"{path} can't be stored: its element {element!r} reads as a version of the path before it")
