"""The marks on versions that were taken away, each a file beside the data.

A culled version, and a damaged one that upstream has as well, is `gone`: absent until somebody brings it again. A
damaged one whose only copy was here is `lost`: that it exists is known, so it is listed, and reading it is trouble and
no absence. The hashes of both stay on record, so that only the same can come back; see `sums`.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from gomod import layout
from gomod.errors import Damaged
from gomod.module import ModuleVersion, unescape_version
from gomod_storage import walk
from gomod_storage.places import Places
from gomod_storage.store import Fate

_MARK = ".json"

RUNBOOK = "docs/operations.md, “A module is damaged”"


@dataclass(frozen=True, slots=True)
class Mark:
    """Why a version was taken away, when, and where its files lie now."""

    reason: str
    time: str  # RFC 3339, UTC
    grave: str = ""  # below the volume's root; empty when they are deleted, or were not there


def file(places: Places, module: ModuleVersion, fate: Fate) -> Path:
    """Where the mark on a version is, if it has one."""
    name = layout.file_name(module, "info")
    return _folder(places, fate) / f"{name.removesuffix('.info')}{_MARK}"


def is_marked(places: Places, module: ModuleVersion) -> bool:
    """Whether it is known why the version is not there. Raises OSError."""
    return file(places, module, "gone").exists() or file(places, module, "lost").exists()


def check(places: Places, module: ModuleVersion) -> None:
    """Return when a version that is not there is absent. Raises Damaged when it is lost, and OSError."""
    if file(places, module, "lost").exists():
        raise damaged(module)


def damaged(module: ModuleVersion) -> Damaged:
    """What whoever reads a lost version is told."""
    return Damaged(
        f"{module}: what is stored of it is damaged and was taken out of service; "
        f"publishing the same content again brings it back ({RUNBOOK})"
    )


def lost_versions(places: Places, path: str) -> frozenset[str]:
    """The lost versions of a module. Raises OSError. For most modules, which have none, one failed system call."""
    folder = (places.lost / layout.list_name(path)).parent
    try:
        names = [entry.name for entry in folder.iterdir() if entry.name.endswith(_MARK)]
    except FileNotFoundError:
        return frozenset()
    return frozenset(unescape_version(name.removesuffix(_MARK)) for name in names)


def lost(places: Places) -> Iterator[ModuleVersion]:
    """All lost versions. Raises OSError."""
    return walk.named(places.lost, _MARK)


def drop(places: Places, module: ModuleVersion) -> None:
    """Forget that the version was taken away: it is there again."""
    for fate in get_args(Fate):
        with suppress(OSError):
            file(places, module, fate).unlink()


def read(places: Places, module: ModuleVersion, fate: Fate) -> Mark:
    """What the mark on a version says. Raises OSError; FileNotFoundError when it has none."""
    return Mark(**json.loads(file(places, module, fate).read_bytes()))


def encode(mark: Mark) -> bytes:
    """A mark's bytes."""
    return json.dumps(asdict(mark), ensure_ascii=False, indent=2).encode() + b"\n"


def _folder(places: Places, fate: Fate) -> Path:
    return places.lost if fate == "lost" else places.gone
