"""`gomod-admin copy`: what it prints and how it ends; what it does is tests/storage/test_copying.py."""

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from gomod_storage import Store
from gomod_storage.open import open_store
from tests.admin.commands import invoke
from tests.storage.faulty_link import FaultyLink, Request
from tests.storage.modules import Packed, pack, publish, read_zip
from tests.storage.object_servers import Moto

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


def test_one_that_is_killed_goes_on_where_it_was(stores: tuple[str, str], tmp_path: Path) -> None:
    versions = [pack("git.example.com/Team/lib", f"v1.{minor}.0") for minor in range(12)]
    for packed in versions:
        put(stores[0], packed)
    (tmp_path / "moto").mkdir()
    with Moto(tmp_path / "moto") as server, FaultyLink(server.environment) as link:
        target = f"{server.url}/x?staging={tmp_path / 'staging'}"
        environ = os.environ | link.environment
        command = [sys.executable, "-m", "gomod_admin", "copy", "--json", stores[0], target]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            records = itertools.count(1)

            def kill_at_the_sixth_record(request: Request) -> None:
                if request.method == "PUT" and "/modules/git" in request.target and next(records) == 6:
                    running.kill()

            link.trouble = kill_at_the_sixth_record
            running.communicate()
        assert running.returncode == -signal.SIGKILL
        link.trouble = lambda _: None
        told = json.loads(subprocess.run(command, env=environ, capture_output=True, check=True).stdout)
        again = json.loads(subprocess.run(command, env=environ, capture_output=True, check=True).stdout)
        back = [sys.executable, "-m", "gomod_admin", "copy", "--json", target, stores[1]]
        subprocess.run(back, env=environ, capture_output=True, check=True)
    assert told["copied"] + told["present"] == len(versions)
    assert told["present"] >= 4  # four are copied at once, and all of them are there before the next ones
    assert (told["refused"], again["present"], again["copied"]) == (0, len(versions), 0)
    for packed in versions:
        assert anyio.run(read_zip, open_store(stores[1]), packed.module) == packed.zip


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
