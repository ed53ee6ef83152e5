"""The second face of a version: escaped `@v/` names of the same bytes, for static servers and GOPROXY=file://."""

import os
from pathlib import Path

from gomod import semver
from gomod.errors import InvalidVersion
from gomod.module import ModuleVersion, unescape_version
from gomod_storage import durable, version_folder
from gomod_storage.locks import locked
from gomod_storage.places import Places
from gomod_storage.store import Staging


def is_there(places: Places, module: ModuleVersion) -> bool:
    """Whether the version's files are projected: the .info is put in place last."""
    return places.projected(module, "info").exists()


def make(places: Places, module: ModuleVersion, staging: Staging) -> None:
    """Project a committed version, by way of an empty staging folder. Raises OSError."""
    durable.make_folders(places.root, places.projected_list(module.path).parent)
    folder = places.version(module)
    for kind in version_folder.KINDS:
        durable.link(folder / version_folder.file_name(module.version, kind), staging.path / kind)
    put(places, module, staging)


def put(places: Places, module: ModuleVersion, staging: Staging) -> None:
    """Project a committed version whose files are linked in `staging`, which gives them away, and rewrite the list.

    Renamed into place, so that whatever stands there, be it of another time or another tool, is replaced at once.
    """
    listing = places.projected_list(module.path)
    with locked(places.projection_lock(module.path)):
        for kind in version_folder.KINDS:
            (staging.path / kind).rename(places.projected(module, kind))
        fresh = staging.path / "list"
        durable.write(fresh, _list(listing.parent))
        fresh.rename(listing)
    durable.sync(listing.parent)


def _list(folder: Path) -> bytes:
    # Of what is projected, not of what is stored: whoever reads this list goes on to read the files beside it.
    with os.scandir(folder) as entries:
        names = [entry.name.removesuffix(".info") for entry in entries if entry.name.endswith(".info")]
    versions = semver.sort(version for name in names if (version := _unescaped(name)))
    return "".join(f"{version}\n" for version in versions).encode()


def _unescaped(name: str) -> str:
    try:
        return unescape_version(name)
    except InvalidVersion:
        return ""  # not ours, and no name of a version
