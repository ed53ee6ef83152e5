"""Folders full of modules, as Athens, the go command and we ourselves lay them out."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, get_args

from gomod.errors import Malformed
from gomod.layout import Kind
from gomod.module import ModuleVersion, canonical_version, unescape_path, unescape_version
from gomod_admin.foreign import Foreign, Open

_VERSIONS = "@v"


def walk(root: Path) -> Iterator[Foreign]:
    """Every version in a tree, in the order of names; links are not followed. Raises OSError.

    Two layouts are known: `<module>/<version>/{go.mod,source.zip,<version>.info}` with the path as it is written
    (Athens on a disk, our volumes), and `<module>/@v/<version>.{info,mod,zip}` (a GOMODCACHE, anything that
    GOPROXY=file:// can read, Athens in an object store).
    """
    cache = root / "cache" / "download"
    if cache.is_dir():
        root = cache  # of a GOMODCACHE; what is beside it is unpacked modules
    ours = (root / ".staging").is_dir()  # there, the second layout is a projection of the first
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        above = waiting.pop()
        folder = root.joinpath(*above)
        names = _folders(folder)
        for name in names if above else []:
            if name == _VERSIONS and not ours:
                yield from _proxy_versions(folder / name, "/".join(above))
            elif canonical_version(name) == name:
                yield from _version_folder(folder / name, ModuleVersion("/".join(above), name))
        waiting += [(*above, name) for name in reversed(names) if _may_lead_on(name)]


def _may_lead_on(name: str) -> bool:
    # No element of a module path has a "+": `lost+found`, in the root of a new ext4, may be closed to us.
    return name != _VERSIONS and not name.startswith(".") and "+" not in name


def _folders(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))


def _version_folder(folder: Path, module: ModuleVersion) -> Iterator[Foreign]:
    names: dict[Kind, str] = {"info": f"{module.version}.info", "mod": "go.mod", "zip": "source.zip"}
    with os.scandir(folder) as entries:
        present = {entry.name for entry in entries}
    files: dict[Kind, Open] = {
        kind: partial(open_regular, folder / name) for kind, name in names.items() if name in present
    }
    if files:
        yield Foreign(module, files, parted=False)


def _proxy_versions(folder: Path, path: str) -> Iterator[Foreign]:
    with suppress(Malformed):  # Athens escapes nothing in an object store; what is neither is refused by its name
        path = unescape_path(path)
    versions: dict[str, dict[Kind, Open]] = {}
    with os.scandir(folder) as entries:
        for name in sorted(entry.name for entry in entries):
            stem, _, ending = name.rpartition(".")
            for kind in get_args(Kind):
                if ending == kind:
                    versions.setdefault(stem, {})[kind] = partial(open_regular, folder / name)
    for stem, files in versions.items():
        yield Foreign(ModuleVersion(path, _unescaped(stem)), files, parted=True)


def _unescaped(version: str) -> str:
    try:
        return unescape_version(version)
    except Malformed:
        return version


def open_regular(file: Path) -> BinaryIO:
    """Open a file, and neither a link out of the tree nor a pipe that nobody writes to. Raises OSError."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{file} is no regular file")
    return os.fdopen(descriptor, "rb")
