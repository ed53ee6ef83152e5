"""The folder of one version: exactly three files, which a stock Athens on disk reads as well."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gomod.layout import Kind

KINDS: tuple[Kind, ...] = ("zip", "mod", "info")
"""In the order in which they are projected: go asks for the .info first, so it comes last."""


def file_name(version: str, kind: Kind) -> str:
    """The name of a version's file in its folder."""
    names: dict[Kind, str] = {"zip": "source.zip", "mod": "go.mod", "info": f"{version}.info"}
    return names[kind]


Identity = tuple[int, int]
"""Which folder it was that stood under a version's name."""

NOTHING: Identity = (0, 0)


def identity(status: os.stat_result) -> Identity:
    """Of a version's folder, in which nothing changes once it stands. An inode alone may be given to a later one."""
    return status.st_ino, status.st_mtime_ns


def standing(folder: Path) -> Identity:
    """Of what stands there now, NOTHING when that is nothing. Raises OSError, not for absence."""
    try:
        return identity(folder.stat())
    except (FileNotFoundError, NotADirectoryError):
        return NOTHING


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    """A descriptor of the folder, so that what is seen through it is one version, whatever its name comes to mean."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def is_whole(folder: int, version: str) -> bool:
    """Whether the folder (a descriptor) holds all three files with something in them.

    Ours do from the first moment on. Athens writes them one by one and syncs none, so that a crash of it leaves some
    of them missing, or there without their bytes.
    """
    try:
        found = [os.stat(file_name(version, kind), dir_fd=folder) for kind in KINDS]
    except FileNotFoundError:
        return False
    return all(stat.S_ISREG(file.st_mode) and file.st_size > 0 for file in found)


def stands(folder: Path) -> bool:
    """Whether a whole version is there. Raises OSError, not for absence."""
    try:
        with opened(folder) as descriptor:
            return is_whole(descriptor, folder.name)
    except (FileNotFoundError, NotADirectoryError):
        return False


def open_file(folder: Path, kind: Kind) -> int:
    """A descriptor of one file of a whole version. Raises OSError; FileNotFoundError when the version is not whole."""
    with opened(folder) as descriptor:
        if not is_whole(descriptor, folder.name):
            raise FileNotFoundError(f"{folder.name} is not whole")
        return os.open(file_name(folder.name, kind), os.O_RDONLY, dir_fd=descriptor)
