"""Staging folders, each held by its owner, and the note in which the owner says what it is about to commit.

Beside `.staging/<id>/` lies `.staging/<id>.lock`, which the owner holds locked: whoever can lock it knows that the
owner is dead. Just before a commit the owner notes the version in that file, and once nothing is left to be done the
file goes. So what a crash leaves to finish stands in the lock files that remain, however large the volume is.

A single file that is to be put somewhere else at once needs no folder: it is held locked itself, as `<id>.file`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from gomod.errors import Malformed
from gomod.module import ModuleVersion
from gomod_storage import durable, locks
from gomod_storage.names import NAME_BYTES
from gomod_storage.places import PATH_BYTES, Places
from gomod_storage.store import Staging

_LOCK = ".lock"
_FILE = ".file"
_NOTE_BYTES = PATH_BYTES + NAME_BYTES + 2


class Hold:
    """A staging folder and the lock on it; released by whoever got it, or at the end of its context."""

    def __init__(self, places: Places, path: Path, descriptor: int) -> None:
        self.staging = Staging(path)
        self._places = places
        self._descriptor = descriptor

    def release(self) -> None:
        """Delete what is in the folder, and the lock file unless its note says what is still to be finished."""
        try:
            _delete(self._places, self.staging.path)
            if self.noted() is None:
                _lock_file(self.staging).unlink()
        finally:
            os.close(self._descriptor)

    def noted(self) -> ModuleVersion | None:
        """The version whose commit was begun here and not finished."""
        text = os.pread(self._descriptor, _NOTE_BYTES, 0).decode(errors="replace")
        path, _, version = text.removesuffix("\n").partition(" ")
        module = ModuleVersion(path, version)
        try:
            self._places.check(module)
        except Malformed:
            return None  # empty, or cut short by a loss of power: the commit comes after a note that was synced
        return module if text.endswith("\n") else None

    def __enter__(self) -> Staging:
        return self.staging

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def hold(places: Places) -> Hold:
    """A new staging folder, empty and held. Raises OSError."""
    lock_file, descriptor = _new(places, _LOCK)
    held = Hold(places, lock_file.with_suffix(""), descriptor)
    try:
        durable.make_folder(held.staging.path)
    except OSError:
        held.release()
        raise
    return held


@contextmanager
def held_file(places: Places, data: bytes) -> Iterator[Path]:
    """A new file with these bytes, synced, to be renamed or linked while the context lasts. Raises OSError."""
    path, descriptor = _new(places, _FILE)
    try:
        durable.fill(descriptor, data)
        yield path
    finally:
        os.close(descriptor)  # first, for NFS keeps a file that is open under another name
        path.unlink(missing_ok=True)


def single_files(places: Places) -> list[Path]:
    """The files outside of staging folders, of the living and of the dead."""
    return sorted(places.staging.glob(f"*{_FILE}"))


def clear_file(path: Path) -> None:
    """Remove a single file if its owner is dead. Raises OSError; FileNotFoundError when its owner has done so."""
    descriptor = locks.take(path)
    if descriptor is not None:
        try:
            path.unlink()
        finally:
            os.close(descriptor)


def lock_files(places: Places) -> list[Path]:
    """The lock files of all staging folders, of the living and of the dead."""
    return sorted(places.staging.glob(f"*{_LOCK}"))


def inherit(places: Places, lock_file: Path) -> Hold | None:
    """The hold of an owner that died, now the caller's to release; None when its owner lives. Raises OSError."""
    descriptor = locks.take(lock_file)
    return None if descriptor is None else Hold(places, lock_file.with_suffix(""), descriptor)


def note(staging: Staging, module: ModuleVersion) -> None:
    """Write down, synced, that `module` is about to be committed from here."""
    descriptor = os.open(_lock_file(staging), os.O_WRONLY)
    try:
        durable.write_all(descriptor, f"{module.path} {module.version}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    durable.sync(staging.path.parent)


def strike(staging: Staging) -> None:
    """Take the note back: the commit is finished, or did not happen."""
    os.truncate(_lock_file(staging), 0)


def _new(places: Places, suffix: str) -> tuple[Path, int]:
    """A new file that is held locked, and the descriptor that holds it."""
    while True:
        path = places.staging / f"{os.urandom(8).hex()}{suffix}"
        descriptor = locks.take(path, os.O_CREAT | os.O_EXCL)
        if descriptor is not None:
            return path, descriptor
        # Somebody who cleans up locked it before us, and is removing it.


def _lock_file(staging: Staging) -> Path:
    return staging.path.with_suffix(_LOCK)


def _delete(places: Places, folder: Path) -> None:
    # Renamed first: should its owner live after all (on a volume whose locks don't reach it), its commit fails as a
    # whole, and nothing is deleted out of a version.
    grave = places.trash / folder.name
    try:
        folder.rmdir()
    except FileNotFoundError:
        pass  # it has become a version, or whoever died was about to delete it
    except OSError:  # something is in it
        folder.rename(grave)
    else:
        return
    with suppress(FileNotFoundError):
        shutil.rmtree(grave)
