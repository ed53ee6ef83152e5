"""From the URL in GOMOD_STORAGE_URL to a store."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from gomod_storage.store import ModuleStore
from gomod_storage.volume import Volume


def open_store(url: str) -> ModuleStore:
    """The store that `url` names: `file:///absolute/folder`. Raises ValueError; touches nothing before `start()`."""
    parsed = urlsplit(url)
    path = Path(unquote(parsed.path))
    if parsed.scheme != "file" or parsed.netloc or parsed.query or parsed.fragment or not path.is_absolute():
        raise ValueError(f"{url!r} names no store: expected file:///an/absolute/folder")
    return Volume(path)
