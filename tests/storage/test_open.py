"""GOMOD_STORAGE_URL becomes a store."""

from pathlib import Path

import pytest

from gomod_storage.open import open_store
from tests.storage.modules import pack, publish


@pytest.mark.parametrize(
    "url",
    [
        *("", "volume", "/srv/volume", "file://volume", "file://host/srv/volume", "file:srv", "file:", "file://"),
        *("file:///srv?x=1", "file:///srv#x", "https://git.example.com/x"),
    ],
)
def test_what_names_no_store_is_refused_by_its_text(url: str) -> None:
    with pytest.raises(ValueError, match="names no store: expected file:///an/absolute/folder") as refusal:
        open_store(url)
    assert repr(url) in str(refusal.value)


async def test_a_file_url_names_a_folder_that_start_makes(tmp_path: Path) -> None:
    root = tmp_path / "a folder" / "volume"
    store = open_store(root.as_uri())
    assert not root.exists()
    await store.start()
    await publish(store, pack("git.example.com/x", "v1.0.0"))
    assert (root / "git.example.com/x/v1.0.0/go.mod").exists()
