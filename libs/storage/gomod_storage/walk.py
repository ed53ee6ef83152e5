"""Every version that there is a trace of on a volume, whole or not: for those who look after it, not for readers."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gomod import layout
from gomod.errors import Malformed, NotFound
from gomod.module import ModuleVersion, canonical_version
from gomod_storage.names import may_lead_on
from gomod_storage.places import Places


def versions(places: Places, after: ModuleVersion | None = None) -> Iterator[ModuleVersion]:
    """The versions whose folders are there, those that follow `after`; in an order that never changes.

    Only the names in the folders on the way are in memory. Raises OSError.
    """
    for folder, names, _ in os.walk(places.root, onerror=_fail):
        path = "/".join(Path(folder).relative_to(places.root).parts)
        # A folder with folders in it belongs to a longer module path, whatever it is called.
        found = [name for name in names if canonical_version(name) == name and not _leads_on(Path(folder, name))]
        names[:] = sorted(name for name in set(names).difference(found) if may_lead_on(name))
        for version in sorted(found):
            module = ModuleVersion(path, version)
            if (after is None or _order(module) > _order(after)) and _can_be_stored(places, module):
                yield module


def named(folder: Path, suffix: str) -> Iterator[ModuleVersion]:
    """The versions that have a file of that suffix in a tree of the escaped layout. Raises OSError."""
    for place, names, files in os.walk(folder, onerror=_fail):
        names.sort()
        for file in sorted(files):
            # What an NFS client leaves beside them names no version.
            with suppress(Malformed, NotFound):
                name = Path(place).relative_to(folder) / f"{file.removesuffix(suffix)}.info"
                request = layout.parse(str(name))
                if file.endswith(suffix) and isinstance(request, layout.FileRequest):
                    yield request.module


def _order(module: ModuleVersion) -> tuple[list[str], str]:
    return module.path.split("/"), module.version


def _leads_on(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entry.is_dir(follow_symlinks=False) for entry in entries)
    except OSError:
        return False  # gone meanwhile, or whoever reads the version will see what is wrong


def _can_be_stored(places: Places, module: ModuleVersion) -> bool:
    try:
        places.check(module)
    except Malformed:
        return False  # nobody can ask for it
    return True


def _fail(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # gone meanwhile
        raise error
