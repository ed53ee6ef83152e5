"""From the URL in GOMOD_STORAGE_URL to a store."""

from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from gomod_storage.caretaker import Caretaker
from gomod_storage.places import Places
from gomod_storage.store import Store
from gomod_storage.volume import Volume
from gomod_storage.volume_caretaker import VolumeCaretaker

_CLOUDS = ("s3", "gs", "az")


def open_store(url: str) -> Store:
    """The store that `url` names. Raises ValueError; touches nothing before `start()`.

    `file:///absolute/folder` is a volume, `s3://bucket/prefix?staging=/absolute/folder` a bucket, and gs:// and az://
    likewise.
    """
    parsed = urlsplit(url)
    if parsed.scheme in _CLOUDS:
        return _objects(parsed)[0]
    return Volume(_folder(url, parsed))


def open_caretaker(url: str) -> Caretaker:
    """What looks after the same store. Raises ValueError; touches nothing."""
    parsed = urlsplit(url)
    if parsed.scheme in _CLOUDS:
        return _objects(parsed)[1]
    return VolumeCaretaker(Places(_folder(url, parsed)))


def _objects(parsed: SplitResult) -> tuple[Store, Caretaker]:
    try:
        from gomod_storage.object_open import open_objects
    except ModuleNotFoundError as error:
        raise ValueError(f"{parsed.scheme}:// needs the extra s3 (pip install 'gomod-registry[s3]')") from error
    return open_objects(parsed)


def _folder(url: str, parsed: SplitResult) -> Path:
    path = Path(unquote(parsed.path))
    if parsed.scheme != "file" or parsed.netloc or parsed.query or parsed.fragment or not path.is_absolute():
        raise ValueError(f"{url!r} names no store: expected file:///an/absolute/folder or s3://bucket/prefix")
    return path
