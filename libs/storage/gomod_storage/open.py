"""From the URL in GOMOD_STORAGE_URL to a store."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from gomod_storage.store import Store
from gomod_storage.volume import Volume

_CLOUDS = ("s3", "gs", "az")


def open_store(url: str) -> Store:
    """The store that `url` names. Raises ValueError; touches nothing before `start()`.

    `file:///absolute/folder` is a volume, `s3://bucket/prefix?staging=/absolute/folder` a bucket, and gs:// and az://
    likewise.
    """
    parsed = urlsplit(url)
    if parsed.scheme in _CLOUDS:
        try:
            from gomod_storage.object_open import open_object_store
        except ModuleNotFoundError as error:
            raise ValueError(f"{parsed.scheme}:// needs the extra s3 (pip install 'gomod-registry[s3]')") from error
        return open_object_store(parsed)
    path = Path(unquote(parsed.path))
    if parsed.scheme != "file" or parsed.netloc or parsed.query or parsed.fragment or not path.is_absolute():
        raise ValueError(f"{url!r} names no store: expected file:///an/absolute/folder or s3://bucket/prefix")
    return Volume(path)
