"""The second face of a version: escaped `@v/` names of the same bytes, for static servers and GOPROXY=file://."""

import os
from pathlib import Path

from gomod import semver
from gomod.errors import InvalidVersion
from gomod.module import ModuleVersion, unescape_version
from gomod_storage import durable, version_folder, withdrawn
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
    with locked(places.projection_lock(module.path)):
        if not version_folder.stands(places.version(module)):
            return  # taken away meanwhile, by somebody who is about to take the lock and unproject it
        for kind in version_folder.KINDS:
            (staging.path / kind).rename(places.projected(module, kind))
        _rewrite_list(places, module.path, staging)
    durable.sync(places.projected_list(module.path).parent)


def list_anew(places: Places, path: str, staging: Staging) -> None:
    """Rewrite the list of a module whose withdrawn versions changed. Raises OSError."""
    listing = places.projected_list(path)
    durable.make_folders(places.root, listing.parent)
    with locked(places.projection_lock(path)):
        _rewrite_list(places, path, staging)
    durable.sync(listing.parent)


def _rewrite_list(places: Places, path: str, staging: Staging) -> None:
    listing = places.projected_list(path)
    fresh = staging.path / "list"
    durable.write(fresh, _list(listing.parent, withdrawn.versions(places, path)))
    fresh.rename(listing)


def _list(folder: Path, left_out: frozenset[str]) -> bytes:
    # Of what is projected, not of what is stored: whoever reads this list goes on to read the files beside it.
    with os.scandir(folder) as entries:
        names = [entry.name.removesuffix(".info") for entry in entries if entry.name.endswith(".info")]
    projected = {version for name in names if (version := _unescaped(name))}
    versions = semver.sort(projected - left_out)
    return "".join(f"{version}\n" for version in versions).encode()


def _unescaped(name: str) -> str:
    try:
        return unescape_version(name)
    except InvalidVersion:
        return ""  # not ours, and no name of a version
