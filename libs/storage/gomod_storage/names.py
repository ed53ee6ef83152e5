"""Which names a store can hold, whatever it stands on: each may have to become the name of a file."""

from functools import lru_cache

from gomod import layout, module
from gomod.errors import InvalidPath, InvalidVersion
from gomod.module import ModuleVersion

NAME_BYTES = 255
"""The longest name of one file or folder (NAME_MAX)."""


@lru_cache(maxsize=1024)  # each operation of a request asks
def check_path(path: str) -> None:
    """Raise InvalidPath for what is no module path or has an element too long to be a file's name."""
    escaped = layout.list_name(path)  # which checks the path
    if any(len(element) > NAME_BYTES for element in escaped.split("/")):
        raise InvalidPath("module", path, f"an element is longer than {NAME_BYTES} bytes as a file's name")


def may_lead_on(name: str) -> bool:
    """Whether a folder of that name on a volume may be a module's, or lead to one.

    Ours begin with a dot, the projection's have a letter escaped or are `@v`, and a new ext4 has a `lost+found` in its
    root that only root may look into: no element of a module path has a "+", though a version may.
    """
    return name[0] not in ".@" and "!" not in name and "+" not in name


@lru_cache(maxsize=1024)
def check(asked: ModuleVersion) -> None:
    """Raise InvalidPath or InvalidVersion for what can't be a stored version; the rest may become file names."""
    module.check(asked.path, asked.version)
    if module.canonical_version(asked.version) != asked.version:
        raise InvalidVersion(asked.version, "not canonical")
    if len(layout.file_name(asked, "info").rpartition("/")[2]) > NAME_BYTES:
        raise InvalidVersion(asked.version, f"longer than {NAME_BYTES} bytes as a file's name")
    check_path(asked.path)
