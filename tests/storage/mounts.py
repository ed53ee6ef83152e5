"""Filesystems mounted for a test: small, short of inodes, or read-only."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def tmpfs(folder: Path, options: str) -> Iterator[Path]:
    """A tmpfs of its own at `folder`."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _umount(folder)


@contextmanager
def read_only(folder: Path, at: Path) -> Iterator[Path]:
    """The same folder, at another place and read-only."""
    at.mkdir()
    _mount("--bind", str(folder), str(at))
    try:
        _mount("-o", "remount,ro,bind", str(at))
        yield at
    finally:
        _umount(at)


def _mount(*arguments: str) -> None:
    ended = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if ended.returncode:
        pytest.skip(f"needs to be allowed to mount (root, CAP_SYS_ADMIN in a container): {ended.stderr.strip()}")


def _umount(folder: Path) -> None:
    # Lazily: a test that failed may still have a file open there.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
