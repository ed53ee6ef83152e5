"""Parts: the .info or the go.mod of a public version whose zip nobody asked for, kept alone."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gomod import layout
from gomod.errors import Malformed, NotFound
from gomod.layout import FileRequest
from gomod.module import ModuleVersion
from gomod_storage import durable, part_sums, small_file
from gomod_storage.locks import locked
from gomod_storage.places import Places
from gomod_storage.staging import held_file
from gomod_storage.store import Document, PartKind


def read(places: Places, module: ModuleVersion, kind: PartKind) -> Document:
    """The kept file. Raises OSError."""
    return small_file.document(os.open(places.part(module, kind), os.O_RDONLY))


def keep(places: Places, module: ModuleVersion, kind: PartKind, data: bytes) -> Document:
    """Keep the file unless one is kept, and return what now stands. Raises OSError.

    Its bytes are synced, for a torn part would be served for ever; its name is not, for a lost one is fetched again.
    """
    target = places.part(module, kind)
    durable.make_folders(places.root, target.parent)
    with held_file(places, data) as fresh:
        if _name(fresh, target, places.projection_lock(module.path)):
            part_sums.add(places, module, kind, data)
            return Document(data, fresh.stat().st_mtime)
    return read(places, module, kind)


def everything(places: Places) -> Iterator[tuple[ModuleVersion, PartKind]]:
    """All that are kept. Raises OSError."""
    for folder, _, names in os.walk(places.parts, onerror=_fail):
        for name in names:
            with suppress(NotFound, Malformed):  # not ours
                asked = layout.parse((Path(folder) / name).relative_to(places.parts).as_posix())
                if isinstance(asked, FileRequest) and asked.kind != "zip":
                    yield asked.module, asked.kind


def _fail(error: OSError) -> None:
    raise error


def drop(places: Places, module: ModuleVersion) -> None:
    """Forget the parts of a version that is whole now. One that stays does no harm."""
    kinds: tuple[PartKind, ...] = ("info", "mod")
    for kind in kinds:
        with suppress(OSError):
            places.part(module, kind).unlink()


def _name(fresh: Path, target: Path, lock: Path) -> bool:
    """Whether it was the first of its name."""
    try:
        target.hardlink_to(fresh)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in durable.NO_LINK:
            raise
        with locked(lock):
            if target.exists():
                return False
            fresh.rename(target)
    return True
