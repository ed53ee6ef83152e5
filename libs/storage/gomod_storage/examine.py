"""Whether a stored version is what it was when it was committed: every byte of it is read."""

import os
from dataclasses import dataclass
from typing import BinaryIO, Literal

from gomod.dirhash import hash_go_mod, hash_open_zip
from gomod.errors import InvalidModule, Malformed
from gomod.info import parse_info
from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import pace, sums, version_folder
from gomod_storage.pace import Pace
from gomod_storage.places import Places
from gomod_storage.store import CHUNK_BYTES, PartKind
from gomod_storage.sums import Sums
from gomod_storage.version_folder import Identity

Problem = Literal["damaged", "missing", "unreadable", "unsound", "projection", "marked", "incomplete", "unrecorded"]
"""What is the matter with a version.

damaged: its bytes are not those on record. missing: it is on record, and not there. unreadable: the disk refuses to
give its bytes, or its record rotted. unsound: nothing is on record, and it is no module. projection: static readers get
other bytes than ours do. marked: it stands and is marked as gone, or the other way round. incomplete: nothing is on
record, and of its files some are missing, as Athens leaves them when it is killed; for readers it is absent.
unrecorded: nothing is on record, and nothing is wrong with it.
"""

HARMLESS: frozenset[Problem] = frozenset({"incomplete", "unrecorded"})


@dataclass(frozen=True, slots=True)
class Finding:
    """A version with which something is the matter, or one file of it where that is all that is kept."""

    module: ModuleVersion
    problem: Problem
    detail: str
    judged: Identity = version_folder.NOTHING  # the folder that was looked at
    sums: Sums | None = None  # what its files hash to now, where they could be read
    part: PartKind | None = None  # the one file that is meant, of a version that is kept without its zip


def examine(places: Places, module: ModuleVersion, pace: Pace) -> Finding | None:
    """Read a version that has a folder; None when all is well with it, or it is gone meanwhile."""
    try:
        with version_folder.opened(places.version(module)) as folder:
            return _Examination(places, module, folder, pace).judge()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Finding(module, "unreadable", f"{error.strerror}")


class _Examination:
    """Of one folder, by its descriptor: whatever its name comes to mean, this is the one that is judged."""

    def __init__(self, places: Places, module: ModuleVersion, folder: int, pace: Pace) -> None:
        self._places = places
        self._module = module
        self._folder = folder
        self._pace = pace
        self._recorded = sums.find(places, module)

    def judge(self) -> Finding | None:
        recorded = self._recorded
        if not version_folder.is_whole(self._folder, self._module.version):
            return self._found("damaged" if recorded else "incomplete", "not all of its three files are there")
        try:
            now = self._sums()
        except (InvalidModule, Malformed) as error:
            return self._found("damaged" if recorded else "unsound", str(error))
        for what, then, found in recorded.differences(now) if recorded else []:
            return self._found("damaged", f"its {what} hashes to {found}, and {then} is on record")
        if recorded is None or not recorded.info_h1:
            return self._found("unrecorded", "its hashes are not on record yet", now)
        return self._projection()

    def _found(self, problem: Problem, detail: str, now: Sums | None = None) -> Finding:
        return Finding(self._module, problem, detail, version_folder.identity(os.fstat(self._folder)), now)

    def _sums(self) -> Sums:
        """What the files hash to. Raises InvalidModule, Malformed and OSError."""
        with self._open("info") as file:
            info = file.read()
        if parse_info(info).version != self._module.version:
            raise Malformed("its .info names another version")
        with self._open("mod") as file:
            go_mod_h1 = hash_go_mod(file.read())
        with self._open("zip") as file:
            return Sums(hash_open_zip(file), go_mod_h1, sums.hash_info(info))

    def _projection(self) -> Finding | None:
        for kind in version_folder.KINDS:
            if self._is_projected_wrongly(kind):
                name = self._places.projected(self._module, kind).relative_to(self._places.root)
                return self._found("projection", f"{name} has other bytes")
        return None

    def _is_projected_wrongly(self, kind: Kind) -> bool:
        """One that is missing is no fault: it is made when somebody reads the version."""
        with self._open(kind) as file:
            try:
                descriptor = os.open(self._places.projected(self._module, kind), os.O_RDONLY)
            except FileNotFoundError:
                return False
            with pace.opened(descriptor, self._pace) as projected:
                # Where the file system has hard links, they are two names of one file.
                return not os.path.sameopenfile(descriptor, file.fileno()) and not _same(file, projected)

    def _open(self, kind: Kind) -> BinaryIO:
        name = version_folder.file_name(self._module.version, kind)
        return pace.opened(os.open(name, os.O_RDONLY, dir_fd=self._folder), self._pace)


def _same(one: BinaryIO, other: BinaryIO) -> bool:
    while chunk := one.read(CHUNK_BYTES):
        if other.read(CHUNK_BYTES) != chunk:
            return False
    return not other.read(1)
