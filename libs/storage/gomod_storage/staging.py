"""Staging folders, each held by its owner, and the note in which the owner says what it is about to commit.

Beside `.staging/<id>/` lies `.staging/<id>.lock`, which the owner holds locked: whoever can lock it knows that the
owner is dead. Just before a commit the owner notes the version in that file, and once nothing is left to be done the
file goes. So what a crash leaves to finish stands in the lock files that remain, however large the volume is.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from gomod.errors import Malformed
from gomod.module import ModuleVersion
from gomod_storage import durable, locks
from gomod_storage.places import Places
from gomod_storage.store import Staging

_LOCK = ".lock"


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
        text = _lock_file(self.staging).read_text(errors="replace")
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
    while True:
        path = places.staging / os.urandom(8).hex()
        descriptor = locks.take(_lock_file(Staging(path)), os.O_CREAT | os.O_EXCL)
        if descriptor is not None:
            break  # else somebody who cleans up locked it before us, and is removing it
    held = Hold(places, path, descriptor)
    try:
        durable.make_folder(path)
    except OSError:
        held.release()
        raise
    return held


def lock_files(places: Places) -> list[Path]:
    """The lock files of all staging folders, of the living and of the dead."""
    return sorted(places.staging.glob(f"*{_LOCK}"))


def inherit(places: Places, lock_file: Path) -> Hold | None:
    """The hold of an owner that died, now the caller's to release; None when its owner lives. Raises OSError."""
    descriptor = locks.take(lock_file)
    return None if descriptor is None else Hold(places, lock_file.with_suffix(""), descriptor)


def note(staging: Staging, module: ModuleVersion) -> None:
    """Write down, synced, that `module` is about to be committed from here."""
    with _lock_file(staging).open("r+b") as file:
        file.write(f"{module.path} {module.version}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    durable.sync(staging.path.parent)


def strike(staging: Staging) -> None:
    """Take the note back: the commit is finished, or did not happen."""
    os.truncate(_lock_file(staging), 0)


def _lock_file(staging: Staging) -> Path:
    return staging.path.with_suffix(_LOCK)


def _delete(places: Places, folder: Path) -> None:
    # Renamed first: should its owner live after all (on a volume whose locks don't reach it), its commit fails as a
    # whole, and nothing is deleted out of a version.
    grave = places.trash / folder.name
    with suppress(FileNotFoundError):
        folder.rename(grave)
    with suppress(FileNotFoundError):
        shutil.rmtree(grave)
