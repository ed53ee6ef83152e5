"""The marks on versions that their publisher took back, each a file beside the data."""

import json
from pathlib import Path

from gomod import layout
from gomod.module import ModuleVersion, unescape_version
from gomod_storage.places import Places
from gomod_storage.store import Withdrawal

_MARK = ".json"


def file(places: Places, module: ModuleVersion) -> Path:
    """Where the mark on a version is, if it has one."""
    name = layout.file_name(module, "info")
    return places.withdrawn / f"{name.removesuffix('.info')}{_MARK}"


def versions(places: Places, path: str) -> frozenset[str]:
    """The withdrawn versions of a module. Raises OSError. For most modules, which have none, one failed system call."""
    folder = (places.withdrawn / layout.list_name(path)).parent
    try:
        # Only marks: an NFS client leaves names of its own beside a file that was deleted while it was open.
        names = [entry.name for entry in folder.iterdir() if entry.name.endswith(_MARK)]
    except FileNotFoundError:
        return frozenset()
    return frozenset(unescape_version(name.removesuffix(_MARK)) for name in names)


def read(places: Places, module: ModuleVersion) -> Withdrawal:
    """What the mark on a version says. Raises OSError; FileNotFoundError when it has none."""
    return Withdrawal(**json.loads(file(places, module).read_bytes()))


def encode(withdrawal: Withdrawal) -> bytes:
    """A mark's bytes."""
    members = {"reason": withdrawal.reason, "by": withdrawal.by, "time": withdrawal.time}
    return json.dumps(members, ensure_ascii=False, indent=2).encode() + b"\n"
