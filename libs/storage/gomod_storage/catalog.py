"""Everything that is stored, module by module, from where a reader stopped: a walk that reads no more than its page."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from gomod import semver
from gomod.errors import InvalidPath
from gomod.module import ModuleVersion
from gomod_storage.folders import Folders
from gomod_storage.listing import Listings
from gomod_storage.places import Places

LeftOut = Callable[[str], frozenset[str]]
"""Which versions of a module are not to be in a page. Raises OSError."""


def page(
    places: Places,
    listings: Listings,
    folders: Folders,
    after: ModuleVersion | None,
    limit: int,
    left_out: LeftOut,
) -> list[ModuleVersion]:
    """At most `limit` of what follows `after`, but for what is left out. Raises OSError."""
    places.staging.stat()  # with the volume gone its mount point is an empty folder, which would be an empty catalog
    elements = after.path.split("/") if after is not None else []
    modules = _paths(folders, listings, places, [], elements)
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


def _paths(folders: Folders, listings: Listings, places: Places, above: list[str], after: list[str]) -> Iterator[str]:
    """The folders below `above`, each before those inside it, from the one that `after` names on; all by name."""
    for name in _inside(folders, listings, places, above, after[0] if after else ""):
        elements = [*above, name]
        rest = after[1:] if after and name == after[0] else []
        if not rest:
            yield "/".join(elements)
        yield from _paths(folders, listings, places, elements, rest)


def _inside(folders: Folders, listings: Listings, places: Places, above: list[str], first: str) -> Sequence[str]:
    """The names from `first` on of folders that may be modules or lead to some; no versions."""
    try:
        inside = folders.inside(above)
    except FileNotFoundError:
        return ()
    names = inside.since(first)
    if inside.may_be_module:
        versions = set(_listed(places, listings, "/".join(above)))
        names = [name for name in names if name not in versions]
    return names


def _listed(places: Places, listings: Listings, path: str) -> list[str]:
    try:
        places.check_path(path)
        return listings.versions(path)
    except (InvalidPath, FileNotFoundError, NotADirectoryError):
        return []  # a folder on the way to modules and none itself, or gone meanwhile
