"""What the single files that are kept of public versions hashed to: one file of lines for each module.

Appended and not synced: whoever misses a line, or finds an old one, fetches the file again at worst.
"""

import os
from contextlib import suppress

from gomod import layout
from gomod.dirhash import hash_go_mod
from gomod.module import ModuleVersion
from gomod_storage import durable
from gomod_storage.places import Places
from gomod_storage.store import PartKind
from gomod_storage.sums import hash_info

_MODE = 0o644


def add(places: Places, module: ModuleVersion, kind: PartKind, data: bytes) -> None:
    """Put a file's hash on record, if that can be done."""
    file = places.part_sums(module.path)
    with suppress(OSError):
        durable.make_folders(places.root, file.parent)
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE)
        try:
            os.write(descriptor, f"{_name(module, kind)} {digest(kind, data)}\n".encode())
        finally:
            os.close(descriptor)


def find(places: Places, module: ModuleVersion, kind: PartKind) -> str:
    """The hash on record, empty when there is none. Raises OSError."""
    try:
        lines = places.part_sums(module.path).read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    # The last one holds: a file may have gone and come back.
    return dict(line.rpartition(" ")[::2] for line in lines).get(_name(module, kind), "")


def digest(kind: PartKind, data: bytes) -> str:
    """The hash of such a file."""
    return hash_go_mod(data) if kind == "mod" else hash_info(data)


def _name(module: ModuleVersion, kind: PartKind) -> str:
    return layout.file_name(module, kind).rpartition("/")[2]
