"""The state in a folder of files, a file for each key; each is replaced whole."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gomod.errors import Malformed, NotFound

_KEY = re.compile(r"(?!\.)[-._a-zA-Z0-9]{1,253}")  # as a ConfigMap has them, but none that hides or climbs


def read_files(folder: Path) -> dict[str, str]:
    """The documents in a folder by their names. Raises NotFound when there is no such folder, OSError."""
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}: make it with `gomod-publish state sync {folder}`")
    return {path.name: path.read_text() for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")}


def write_file(folder: Path, key: str, text: str) -> bool:
    """Make one file say `text`; a reader sees the old text or the new one. Returns whether it was another one before.

    Raises Malformed for a key that can name no file here, OSError.
    """
    if not _KEY.fullmatch(key):
        raise Malformed(f"{key!r} is no key of a ConfigMap that a file can be named after")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / key
    if path.is_file() and path.read_bytes() == text.encode():
        return False
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".", delete=False, encoding="utf-8") as file:
        file.write(text)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
    return True


def sync_files(folder: Path, data: Mapping[str, str]) -> list[str]:
    """Bring every key into a file, and take away the `*.json` whose key is gone; returns the names that changed.

    Nothing changes when a key can name no file. Raises Malformed, OSError.
    """
    for key in data:
        if not _KEY.fullmatch(key):
            raise Malformed(f"{key!r} is no key of a ConfigMap that a file can be named after")
    changed = [key for key, text in sorted(data.items()) if write_file(folder, key, text)]
    for gone in sorted(set(read_files(folder)) - set(data)):
        (folder / gone).unlink()
        changed.append(gone)
    return changed
