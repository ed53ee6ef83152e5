"""Everything that is stored, module by module, from where a reader stopped: a walk that reads no more than its page."""

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from gomod import semver
from gomod.errors import InvalidPath
from gomod.module import ModuleVersion, canonical_version
from gomod_storage.listing import Listings
from gomod_storage.places import Places

LeftOut = Callable[[str], frozenset[str]]
"""Which versions of a module are not to be in a page. Raises OSError."""


def page(
    places: Places, listings: Listings, after: ModuleVersion | None, limit: int, left_out: LeftOut
) -> list[ModuleVersion]:
    """At most `limit` of what follows `after`, but for what is left out. Raises OSError."""
    places.staging.stat()  # with the volume gone its mount point is an empty folder, which would be an empty catalog
    elements = after.path.split("/") if after is not None else []
    modules = _folders(places, listings, [], elements)
    return list(islice(_versions(places, listings, modules, after, left_out), limit))


def _versions(
    places: Places, listings: Listings, paths: Iterator[str], after: ModuleVersion | None, left_out: LeftOut
) -> Iterator[ModuleVersion]:
    for path in paths:
        versions = _listed(places, listings, path)
        if versions:
            without = left_out(path)
            if after is not None and path == after.path:
                ordered = semver.sort({*versions, after.version})
                versions = ordered[ordered.index(after.version) + 1 :]
            yield from (ModuleVersion(path, version) for version in versions if version not in without)


def _folders(places: Places, listings: Listings, above: list[str], after: list[str]) -> Iterator[str]:
    """The folders below `above`, each before those inside it, from the one that `after` names on; all by name."""
    for name in _inside(places, listings, above, after[0] if after else ""):
        elements = [*above, name]
        rest = after[1:] if after and name == after[0] else []
        if not rest:
            yield "/".join(elements)
        yield from _folders(places, listings, elements, rest)


def _inside(places: Places, listings: Listings, above: list[str], first: str) -> list[str]:
    """The names from `first` on of folders that may be modules or lead to some; no versions, nothing of ours."""
    path = "/".join(above)
    try:
        with os.scandir(Path(places.root, *above)) as entries:
            found = [entry for entry in entries if entry.name >= first and _leads_on(entry.name)]
            names = [entry.name for entry in found if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    if any(name[0] == "v" and canonical_version(name) == name for name in names):
        versions = set(_listed(places, listings, path))
        names = [name for name in names if name not in versions]
    return sorted(names)


def _leads_on(name: str) -> bool:
    return name[0] not in ".@" and "!" not in name


def _listed(places: Places, listings: Listings, path: str) -> list[str]:
    try:
        places.check_path(path)
        return listings.versions(path)
    except (InvalidPath, FileNotFoundError, NotADirectoryError):
        return []  # a folder on the way to modules and none itself, or gone meanwhile
