"""What is left on a volume, and how long its oldest unfinished work has been lying there."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from gomod_storage.places import Places


@dataclass(frozen=True, slots=True)
class Headroom:
    """Of a volume, now. A file system that makes inodes as it needs them has 0 of 0."""

    free_bytes: int  # for those who are not root
    bytes: int
    free_inodes: int
    inodes: int
    oldest_staging_seconds: float  # since the oldest staging folder was made; 0 when there is none


def headroom(root: Path) -> Headroom:
    """Look. Raises OSError."""
    volume = os.statvfs(root)
    return Headroom(
        free_bytes=volume.f_bavail * volume.f_frsize,
        bytes=volume.f_blocks * volume.f_frsize,
        free_inodes=volume.f_favail,
        inodes=volume.f_files,
        oldest_staging_seconds=_oldest(Places(root).staging),
    )


def _oldest(staging: Path) -> float:
    made = []
    for folder in staging.iterdir():
        with suppress(FileNotFoundError):  # its work has just ended
            made.append(folder.stat().st_mtime)
    return max(0.0, time.time() - min(made)) if made else 0.0


def local_folder(url: str) -> Path | None:
    """The folder on this machine in which the store of that URL works: the volume, or where versions come together."""
    parsed = urlsplit(url)
    if parsed.scheme == "file":
        return Path(unquote(parsed.path))
    staging = dict(parse_qsl(parsed.query)).get("staging")
    return Path(staging) if staging else None
