"""`gomod-admin copy`: what it prints and how it ends; what it does is tests/storage/test_copying.py."""

import json
from pathlib import Path

import anyio
import pytest

from gomod_storage import Store
from gomod_storage.open import open_store
from tests.admin.commands import invoke
from tests.storage.modules import Packed, pack, publish, read_zip

LIB = pack("git.example.com/Team/lib", "v1.0.0")
OTHER = pack("git.example.com/Team/lib", "v1.0.0", "package other\n")


@pytest.fixture
def stores(tmp_path: Path) -> tuple[str, str]:
    """The URLs of two volumes that are there."""
    return (tmp_path / "from").as_uri(), (tmp_path / "to").as_uri()


def put(url: str, packed: Packed) -> Store:
    async def start_and_publish() -> Store:
        store = open_store(url)
        await store.start()
        await publish(store, packed)
        return store

    return anyio.run(start_and_publish)


def test_it_tells_what_it_copied_and_that_there_is_nothing_left(stores: tuple[str, str]) -> None:
    put(stores[0], LIB)
    first, second = invoke("copy", *stores), invoke("copy", *stores)
    assert first.exit_code == second.exit_code == 0
    assert "copied 1 versions" in first.stdout
    assert "copied 0 versions, and 0 files of versions without their zips; 1 were there already" in second.stdout
    assert anyio.run(read_zip, open_store(stores[1]), LIB.module) == LIB.zip


def test_what_is_refused_is_told_with_its_reason(stores: tuple[str, str]) -> None:
    put(stores[0], LIB)
    put(stores[1], OTHER)
    result = invoke("copy", *stores, "--json")
    assert result.exit_code == 4
    document = json.loads(result.stdout)
    assert document["refused"] == 1
    assert "exists with another zip" in document["why"][0]["reason"]


def test_a_source_that_is_not_there_is_not_an_empty_one(stores: tuple[str, str]) -> None:
    result = invoke("copy", *stores)
    assert result.exit_code == 1
    assert "readiness: the store can't be used" in result.stderr


@pytest.mark.parametrize(
    ("source", "target", "wrong"), [("nonsense", "file:///x", "FROM"), ("file:///x", "s3://x", "TO")]
)
def test_what_names_no_store_is_a_wrong_argument(source: str, target: str, wrong: str) -> None:
    result = invoke("copy", source, target)
    assert result.exit_code == 2
    assert f"{wrong} is wrong" in result.stderr
