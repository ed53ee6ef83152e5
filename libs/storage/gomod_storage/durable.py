"""Files and folders that outlive a loss of power, and links where the filesystem has them."""

import errno
import os
import shutil
import stat
from pathlib import Path

_FILE_MODE = 0o644
_FOLDER_MODE = 0o755

_standing: set[str] = set()
"""The folders whose entries were synced by this process since it made them or found them."""

_MOST_STANDING = 10_000

NO_LINK = frozenset({errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV, errno.ENOSYS})
"""How a filesystem says that it can't make this hard link; EPERM also says it of files of other users."""


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's entries, outlive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, data: bytes, modified: float | None = None) -> None:
    """Write a new file, readable by all whatever the umask, and sync it. The folder's entry is not synced.

    `modified` is when it shall have been modified, in seconds since the epoch.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    try:
        os.fchmod(descriptor, _FILE_MODE)
        write_all(descriptor, data)
        if modified is not None:
            os.utime(descriptor, (modified, modified))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fill(descriptor: int, data: bytes) -> None:
    """Write all of a new, empty file, readable by all whatever the umask, and sync it."""
    os.fchmod(descriptor, _FILE_MODE)
    write_all(descriptor, data)
    os.fsync(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it where the file stands. Nothing is synced."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def settle(path: Path) -> None:
    """Make a file that somebody else wrote readable by all, and sync it."""
    path.chmod(_FILE_MODE)
    sync(path)


def make_folder(folder: Path) -> None:
    """Make a folder unless it is there, open to all whatever the umask; nothing is synced."""
    try:
        folder.mkdir()
    except FileExistsError:
        return
    _standing.discard(str(folder))
    # Only the permission bits: a folder may have inherited the setgid bit of a shared volume.
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o777 != _FOLDER_MODE:
        folder.chmod(mode & ~0o777 | _FOLDER_MODE)


def make_folders(root: Path, folder: Path) -> None:
    """Make `folder` and what is missing between it and `root`; nothing is synced."""
    try:
        make_folder(folder)
    except FileNotFoundError:
        if folder.parent == root:
            raise  # where a volume was mounted, none is made anew
        make_folders(root, folder.parent)
        make_folder(folder)


def sync_parents(root: Path, *folders: Path) -> None:
    """Make the entries of `folders`, and of all between `root` and them, outlive a loss of power.

    Not just of those that this process made: a folder found there may be another process's, made a moment ago and not
    synced yet. But once is enough, unless it is made again here.
    """
    fresh: list[Path] = []
    for folder in folders:
        while folder != root:
            if str(folder) not in _standing:
                fresh.append(folder)
            folder = folder.parent
    for parent in dict.fromkeys(child.parent for child in reversed(fresh)):
        sync(parent)
    if len(_standing) > _MOST_STANDING:
        _standing.clear()
    _standing.update(map(str, fresh))


def sync_entry(root: Path, path: Path) -> None:
    """Make the entry of what was put at `path`, and of all folders between `root` and it, outlive a loss of power."""
    sync_parents(root, path.parent)
    sync(path.parent)


def link(source: Path, target: Path) -> None:
    """Give a synced file a second name, or a synced copy where that can't be done. `target` is new."""
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        shutil.copyfile(source, target)
        settle(target)
