"""Which entries may be in a module's zip, judged by what its directory says of them (zip.CheckZip)."""

import stat
from collections.abc import Iterator

from gomod.collisions import PathCollisions
from gomod.errors import InvalidPath, InvalidVersion, Violation
from gomod.limits import MAX_ELEMENT, MAX_GO_MOD, MAX_LICENSE, MAX_NAMES
from gomod.module import ModuleVersion, canonical_version, check, check_file_path
from gomod.unicode import fold
from gomod.zipdirectory import Entry, refuse

_MSDOS_DIRECTORY = 0x10


def check_module(module: ModuleVersion) -> None:
    """Raise InvalidModule unless path and version are valid, canonical and belong together."""
    try:
        check(module.path, module.version)
    except InvalidPath as error:
        refuse("module-path", str(error))
    except InvalidVersion as error:
        refuse("module-version", str(error))
    canonical = canonical_version(module.version)
    if canonical != module.version:
        refuse("module-version", f"version {module.version!r} is not canonical: that is {canonical!r}")


def judge_entries(module: ModuleVersion, entries: list[Entry]) -> Iterator[tuple[Entry, Violation | None]]:
    """Each entry with the first rule that it breaks, or None. Raises InvalidModule when there are too many names."""
    prefix = f"{module}/"
    collisions = PathCollisions()
    for entry in entries:
        yield entry, _judge(entry, prefix, collisions)
        if len(collisions) > MAX_NAMES:
            refuse("too-many-files", f"the zip names more than {MAX_NAMES} files and directories")


def _judge(entry: Entry, prefix: str, collisions: PathCollisions) -> Violation | None:
    if not entry.name.startswith(prefix):
        return Violation("path-prefix", f"{entry.name!r} does not begin with {prefix!r}")
    name = entry.name.removeprefix(prefix)
    path = name.removesuffix("/")
    if not name:
        return None
    try:
        check_file_path(path)
    except InvalidPath as error:
        return Violation("path-invalid", str(error))
    if collision := collisions.add(path, is_directory=entry.is_directory):
        return Violation("path-collision", collision)
    return _judge_kind(entry, path) or (None if entry.is_directory else _judge_file(entry, path))


def _judge_kind(entry: Entry, path: str) -> Violation | None:
    """Rules that x/mod leaves to whoever unpacks."""
    if any(len(element.encode()) > MAX_ELEMENT for element in path.split("/")):
        return Violation("path-too-long", f"{path!r} has an element of more than {MAX_ELEMENT} bytes")
    kind = stat.S_IFMT(entry.attributes >> 16)
    if entry.is_directory:
        right = kind in (0, stat.S_IFDIR)
    else:
        right = kind in (0, stat.S_IFREG) and not entry.attributes & _MSDOS_DIRECTORY
    if not right:
        return Violation("irregular-file", f"{path!r} is a link, a device or another irregular file")
    return None


def _judge_file(entry: Entry, path: str) -> Violation | None:
    parent, _, base = path.rpartition("/")
    if fold(base) == "go.mod":
        if parent:
            return Violation("go-mod-nested", f"{path!r}: a folder with a go.mod is another module")
        if base != "go.mod":
            return Violation("go-mod-case", f"{path!r} must be named go.mod, in lower case")
    if path == "go.mod" and entry.size > MAX_GO_MOD:
        return Violation("go-mod-too-large", f"go.mod has {entry.size} bytes; {MAX_GO_MOD} are allowed")
    if path == "LICENSE" and entry.size > MAX_LICENSE:
        return Violation("license-too-large", f"LICENSE has {entry.size} bytes; {MAX_LICENSE} are allowed")
    return None
