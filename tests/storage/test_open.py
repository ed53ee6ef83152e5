"""GOMOD_STORAGE_URL becomes a store."""

import sys
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


@pytest.mark.parametrize(
    "url",
    [
        *("s3://", "s3://bucket", "s3://bucket/prefix", "s3://bucket?staging=", "s3://bucket?staging=relative/folder"),
        *("gs://bucket?staging=/x&staging=/y", "az://bucket?staging=/x&endpoint=http://x", "s3://bucket?staging=/x#y"),
        *("s3://AKIA:hunter2@bucket?staging=/x", "s3:///prefix?staging=/x", "s3://bucket:80?staging=/x"),
    ],
)
def test_what_names_no_bucket_is_refused_without_saying_what_may_be_secret(url: str) -> None:
    with pytest.raises(
        ValueError, match=r"expected (s3|gs|az)://bucket/prefix\?staging=/an/absolute/folder"
    ) as refusal:
        open_store(url)
    assert "hunter2" not in str(refusal.value)


def test_an_environment_that_does_not_say_how_to_reach_a_bucket_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(ValueError, match="the environment does not say how to reach az://container"):
        open_store("az://container/prefix?staging=/x")


def test_without_the_extra_a_bucket_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "gomod_storage.object_open", raising=False)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(ValueError, match=r"needs the extra s3 \(pip install 'gomod-registry\[s3\]'\)"):
        open_store("s3://bucket/prefix?staging=/x")
