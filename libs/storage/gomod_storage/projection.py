"""The second face of a version: escaped `@v/` names of the same bytes, for static servers and GOPROXY=file://."""

import os
from pathlib import Path

from gomod import semver
from gomod.errors import InvalidVersion
from gomod.module import ModuleVersion, unescape_version
from gomod_storage import durable, version_folder, withdrawn
from gomod_storage.locks import locked
from gomod_storage.places import Places
from gomod_storage.staging import held_file, hold


def is_there(places: Places, module: ModuleVersion) -> bool:
    """Whether the version's files are projected: the .info is put in place last."""
    return places.projected(module, "info").exists()


def make(places: Places, module: ModuleVersion) -> None:
    """Project a committed version, and rewrite the list. Raises OSError."""
    folder = places.projected_list(module.path).parent
    durable.make_folders(places.root, folder)
    with locked(places.projection_lock(module.path)):
        if not _project(places, module):
            return  # taken away meanwhile, by somebody who is about to take the lock and unproject it
        _rewrite_list(places, module.path)
    durable.sync(folder)


def list_anew(places: Places, path: str) -> None:
    """Rewrite the list of a module whose withdrawn versions changed. Raises OSError."""
    folder = places.projected_list(path).parent
    durable.make_folders(places.root, folder)
    with locked(places.projection_lock(path)):
        _rewrite_list(places, path)
    durable.sync(folder)


def _project(places: Places, module: ModuleVersion) -> bool:
    """Give the files of the version that stands their names; False when none does. Raises OSError."""
    folder = places.version(module)
    while (standing := version_folder.standing(folder)) != version_folder.NOTHING and version_folder.stands(folder):
        try:
            if not _link(places, module):
                _replace(places, module)
        except FileNotFoundError:
            if version_folder.standing(folder) == standing:
                raise
            # Taken away since the look, for removers wait for nobody; somebody may have brought it again.
        else:
            return True
    return False


def _link(places: Places, module: ModuleVersion) -> bool:
    """Give the version's files their second names; False when something stands there, or no link can be made."""
    folder = places.version(module)
    try:
        for kind in version_folder.KINDS:
            os.link(folder / version_folder.file_name(module.version, kind), places.projected(module, kind))
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in durable.NO_LINK:
            raise
        return False
    return True


def _replace(places: Places, module: ModuleVersion) -> None:
    """Rename the files into place, so that whatever stands there, be it another tool's, is replaced at once."""
    folder = places.version(module)
    with hold(places) as staging:
        for kind in version_folder.KINDS:
            fresh = staging.path / kind
            durable.link(folder / version_folder.file_name(module.version, kind), fresh)
            fresh.replace(places.projected(module, kind))


def _rewrite_list(places: Places, path: str) -> None:
    listing = places.projected_list(path)
    with held_file(places, _list(listing.parent, withdrawn.versions(places, path))) as fresh:
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
