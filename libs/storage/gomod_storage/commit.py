"""The commit of a version: one rename, and the first writer wins.

What needs room or may be refused comes before the rename, all but the few bytes of the new list; what comes after it
can be done over, and is done over by `complete` when it was cut short. No lock is needed for a version to be whole.
"""

import errno
import os
from pathlib import Path

from gomod.errors import InvalidModule, RegistryError, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import durable, index, parts, projection, removal, sums, version_folder
from gomod_storage.places import Places, check_storable
from gomod_storage.staging import note, strike
from gomod_storage.store import Document, PartKind, Release

_TRIES = 8
"""How often a torn version may turn up in our way: each time somebody else must have written it anew."""


def commit(places: Places, release: Release) -> bool:
    """Make a release visible, wholly or not at all; its staging is used up. Returns and raises as ModuleStore.commit.

    An OSError before the rename leaves no trace. After one behind it the version stands, perhaps not projected; the
    same module committed again then returns False once everything has been made good.
    """
    module, staging = release.module, release.staging
    check_storable(module.path)
    target = places.version(module)
    known = sums.check(places, release)
    if known and not version_folder.stands(target):
        sums.forget_info(places, module)
    hashes = sums.of_release(release)
    _gather(places, release)
    projected = places.projected_list(module.path).parent
    durable.make_folders(places.root, target.parent)
    durable.make_folders(places.root, projected)
    durable.sync_parents(places.root, target.parent, projected)
    indexed = 0 if known else index.end(places)  # what comes back is in the index where it was
    note(staging, module)
    try:
        ours = staging.path.stat()
        first = _enter(staging.path, ours, target)
        if not first:
            _compare(release, target)
    except (OSError, RegistryError):
        strike(staging)
        raise
    if first:
        durable.sync(target.parent)
        sums.put(places, module, hashes)
        if version_folder.standing(target) != version_folder.identity(ours):
            # Taken away before it was on record; by now another module may be there, whose hashes ours have replaced.
            sums.put_standing(places, module)
        removal.unmark(places, module)
        index.add(places, module, after=indexed)
        projection.make(places, module)
    else:
        complete(places, module)
    strike(staging)
    parts.drop(places, module)
    return first


def complete(places: Places, module: ModuleVersion) -> None:
    """Do over what makes a version that stands durable, recorded, indexed and projected. Raises OSError."""
    folder = places.version(module)
    for kind in version_folder.KINDS:
        durable.sync(folder / version_folder.file_name(module.version, kind))
    durable.sync(folder)
    sums.complete(places, module)
    removal.unmark(places, module)
    index.add(places, module)
    projection.make(places, module)
    durable.sync_entry(places.root, folder)
    durable.sync_parents(places.root, places.projected_list(module.path).parent)


def _gather(places: Places, release: Release) -> None:
    """Make the staging folder what is to be the version's: its three files under their names, all synced."""
    staging = release.staging
    durable.settle(staging.zip)
    _put(places, release, "mod", release.mod, staging.mod)
    _put(places, release, "info", release.info, staging.info)
    durable.sync(staging.path)


def _put(places: Places, release: Release, kind: PartKind, document: Document | None, staged: Path) -> None:
    target = staged.with_name(version_folder.file_name(release.module.version, kind))
    if document is None:
        staged.rename(target)
        durable.settle(target)
    else:
        _place(places, release.module, kind, document, target)


def _place(places: Places, module: ModuleVersion, kind: PartKind, document: Document, target: Path) -> None:
    """Put a small file that is at hand into the staging folder: a second name of the part, if that is what it is."""
    try:
        if parts.read(places, module, kind) == document:
            target.hardlink_to(places.part(module, kind))
            return
    except OSError as error:
        if error.errno not in (errno.ENOENT, *durable.NO_LINK):
            raise
    durable.write(target, document.data, document.modified)


def _enter(folder: Path, ours: os.stat_result, target: Path) -> bool:
    """Rename `folder` to `target`, which is the commit; False when a whole version stands there already."""
    for _ in range(_TRIES):
        try:
            folder.rename(target)
        except OSError as error:
            # An NFS server may have done it and its answer got lost; the repeated request then fails.
            if _is_at(target, ours):
                return True
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return True
        if _stands(target):
            return False
    raise Unavailable(f"{target.name}: somebody else keeps writing this version without committing it")


def _is_at(target: Path, ours: os.stat_result) -> bool:
    try:
        return os.path.samestat(target.stat(), ours)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _stands(target: Path) -> bool:
    """Whether a whole version is at `target`; a torn one, which nobody can read, is emptied out of our way.

    Through the folder's own descriptor: what is committed here meanwhile is in another folder, out of its reach.
    """
    try:
        with version_folder.opened(target) as folder:
            if version_folder.is_whole(folder, target.name):
                return True
            _empty(folder, target.name)
    except FileNotFoundError:
        pass  # emptied or replaced by somebody else
    return False


def _empty(folder: int, version: str) -> None:
    with os.scandir(folder) as entries:
        torn = list(entries)
    if any(entry.is_dir(follow_symlinks=False) for entry in torn):
        raise Unavailable(f"{version}: the folder of this version holds those of other modules; move them away")
    for entry in torn:
        os.unlink(entry.name, dir_fd=folder)


def _compare(release: Release, target: Path) -> None:
    """Raise AlreadyExists unless the same module stands at `target`, however its zip was packed."""
    try:
        stored = sums.of_folder(target)
    except InvalidModule as error:
        raise Unavailable(f"{release.module}: the zip that is stored is damaged: {error}") from error
    sums.compare(release, stored)
