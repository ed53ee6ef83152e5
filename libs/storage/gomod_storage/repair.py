"""Start-up: commits that a crash cut short are finished, and the staging of dead owners is cleared."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gomod.errors import Unavailable
from gomod.module import ModuleVersion
from gomod_storage import durable, gone, parts, removal, version_folder
from gomod_storage.commit import complete
from gomod_storage.places import Places
from gomod_storage.staging import clear_file, inherit, lock_files, single_files, strike


@dataclass(slots=True)
class Repairs:
    """What was repaired, and what could not be."""

    finished: list[ModuleVersion] = field(default_factory=list)
    postponed: list[OSError | Unavailable] = field(default_factory=list)


def start(places: Places) -> Repairs:
    """Make the volume's own folders, then finish or clear what dead owners of staging folders left.

    Takes as long as there are crashes to repair, not as long as the volume is large. What can't be repaired now (a full
    disk, one that refuses to read a zip, a file that another user left) is left for the next time: reading needs none
    of it. Raises OSError when our own folders can't be made.
    """
    places.root.mkdir(parents=True, exist_ok=True)
    for folder in (places.staging, places.trash, places.locks, places.parts):
        durable.make_folder(folder)
    durable.sync(places.root)
    repairs = Repairs()
    for file in single_files(places):
        with _postponing(repairs):
            clear_file(file)
    for file in lock_files(places):
        with _postponing(repairs):
            _finish(places, file, repairs)
    return repairs


@contextmanager
def _postponing(repairs: Repairs) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        pass  # its owner lived, and is done
    except (OSError, Unavailable) as error:
        repairs.postponed.append(error)


def _finish(places: Places, lock_file: Path, repairs: Repairs) -> None:
    remains = inherit(places, lock_file)
    if remains is None:
        return
    with remains as staging:
        module = remains.noted()
        if module is None:
            return
        if version_folder.stands(places.version(module)):
            complete(places, module)
            parts.drop(places, module)
            repairs.finished.append(module)
        elif gone.is_marked(places, module):
            removal.unproject(places, module)
        strike(staging)
