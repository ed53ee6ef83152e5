"""Folders of the workers of `direct`, below TMPDIR: nobody else's, and gone afterwards, also when we were killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from anyio import to_thread

from gomod.errors import Unavailable
from gomod_service.settings import SettingsError

_PREFIX = "gomod-direct-"


@asynccontextmanager
async def worker_folder() -> AsyncIterator[Path]:
    """A new folder, which goes with the context. Raises Unavailable."""
    try:
        path, lock = await to_thread.run_sync(_make)
    except OSError as error:
        raise Unavailable(f"{tempfile.gettempdir()}: no room for a worker: {error.strerror}") from error
    try:
        yield path
    finally:
        await to_thread.run_sync(_remove, path, lock)


def prepare_folders() -> None:
    """Remove what processes that were killed have left. Raises SettingsError when no folder can be made."""
    try:
        for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            _remove_abandoned(path)
        _remove(*_make())
    except OSError as error:
        raise SettingsError(f"GOMOD_UPSTREAMS has the word direct, which needs a writable TMPDIR: {error}") from error


def _remove_abandoned(path: Path) -> None:
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return  # gone, or another user's
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
    else:
        _remove(path, lock)


def _make() -> tuple[Path, int]:
    """A folder and its lock, which says that whoever uses it is alive."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock).st_nlink:
            return path, lock
        os.close(lock)  # somebody who was starting took it for abandoned


def _remove(path: Path, lock: int) -> None:
    shutil.rmtree(path, ignore_errors=True)  # what can't be removed now is tried again at the next start
    os.close(lock)
