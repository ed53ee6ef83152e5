"""Small files that a service keeps under names of its own, whatever they are, shared by all of its replicas."""

import hashlib
from pathlib import Path

from gomod.errors import Malformed
from gomod_storage import durable, os_errors
from gomod_storage.locks import locked
from gomod_storage.names import NAME_BYTES
from gomod_storage.places import Places
from gomod_storage.staging import held_file


def check(name: str) -> None:
    """Raise Malformed unless each element of the name may be that of a file or folder."""
    for element in name.split("/"):
        if not element or element.startswith(".") or not element.isprintable():
            raise Malformed(f"{name!r} can't be the name of a kept file")


def read(places: Places, name: str) -> bytes:
    """The file's bytes. Raises Malformed, NotFound or Unavailable."""
    check(name)
    with os_errors.reading(places, name):
        if is_too_long(name):
            raise FileNotFoundError(name)  # `keep` did not
        return (places.kept / name).read_bytes()


def keep(places: Places, name: str, data: bytes) -> None:
    """Put the file there, in one step for whoever reads it; a name that is too long for a file's is passed over.

    Its bytes are synced, its name is not. Raises Malformed, StoreFull or Unavailable.
    """
    check(name)
    if not is_too_long(name):
        with os_errors.writing(name):
            _put(places, places.kept / name, data)


def exchange(places: Places, name: str, old: bytes, new: bytes) -> bool:
    """Durably put `new` in the place of `old`; False when something else is there. Absent is empty.

    Raises Malformed, StoreFull or Unavailable.
    """
    check(name)
    file = places.kept / name
    with os_errors.writing(name), locked(_lock(places, name)):
        try:
            current = file.read_bytes()
        except FileNotFoundError:
            current = b""
        if current != old:
            return False
        _put(places, file, new)
        durable.sync_entry(places.root, file)
    return True


def _put(places: Places, file: Path, data: bytes) -> None:
    durable.make_folders(places.root, file.parent)
    with held_file(places, data) as fresh:
        fresh.rename(file)


def is_too_long(name: str) -> bool:
    """Whether `keep` passes the name over."""
    return any(len(element.encode()) > NAME_BYTES for element in name.split("/"))


def _lock(places: Places, name: str) -> Path:
    return places.locks / f"kept-{hashlib.sha256(name.encode()).hexdigest()[:2]}"
