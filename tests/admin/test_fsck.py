"""`gomod-admin fsck` finds what rotted, says so in its exit status, and touches nothing unless told to."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import obstore
import pytest
from obstore.store import S3Store

from gomod_admin.exits import Exit
from gomod_storage import object_keys
from gomod_storage.object_bucket import CLIENT
from gomod_storage.open import open_store
from tests.admin.commands import invoke
from tests.admin.files import contents
from tests.proxy.running import OWN
from tests.storage.modules import pack, publish
from tests.storage.object_servers import Moto

OURS = pack(f"{OWN}/billing", "v1.0.0")
THEIRS = pack("github.com/Azure/x", "v1.2.0")


@pytest.fixture
def stocked(volume: Path) -> None:
    """A volume with a version of ours and one of somebody else's."""
    anyio.run(stock, volume.as_uri())


async def stock(url: str) -> None:
    store = open_store(url)
    await store.start()
    for packed in (OURS, THEIRS):
        await publish(store, packed)


@pytest.fixture
def env_file(tmp_path: Path, volume: Path) -> Path:
    file = tmp_path / "proxy.env"
    file.write_text(f"GOMOD_STORAGE_URL={volume.as_uri()}\nGOMOD_PRIVATE_PATTERNS={OWN}/*\n")
    return file


def harm(volume: Path) -> None:
    """Other bytes in both versions."""
    (volume / OURS.module.path / "v1.0.0/source.zip").write_bytes(THEIRS.zip)
    (volume / THEIRS.module.path / "v1.2.0/go.mod").write_bytes(b"module evil\n")


@pytest.mark.usefixtures("stocked")
def test_a_sound_volume_is_clean(env_file: Path) -> None:
    done = invoke("fsck", "--env-file", env_file)
    assert (done.exit_code, done.stdout) == (Exit.DONE, "2 versions, 0 faults\n")


@pytest.mark.usefixtures("stocked")
def test_damage_is_told_and_nothing_is_touched(env_file: Path, volume: Path) -> None:
    harm(volume)
    before = contents(volume)
    done = invoke("fsck", "--env-file", env_file)
    assert done.exit_code == 1
    first, second, last = done.stdout.splitlines()
    assert first.startswith(f"damaged {THEIRS.module}: its go.mod hashes to h1:")
    assert second.startswith(f"damaged {OURS.module}: its zip hashes to h1:")
    assert last == "2 versions, 2 faults"
    assert contents(volume) == before


@pytest.mark.usefixtures("stocked")
def test_repair_takes_damage_out_of_service_once(env_file: Path, volume: Path) -> None:
    harm(volume)
    done = invoke("fsck", "--repair", "--json", "--env-file", env_file)
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert (told["repair"], told["checked"], told["faults"]) == (True, 2, 2)
    assert [(each["module"], each["problem"], each["done"]) for each in told["found"]] == [
        (THEIRS.module.path, "damaged", "out of service; the next request fetches it again"),
        (OURS.module.path, "damaged", "out of service until the same content is published again"),
    ]
    assert invoke("fsck", "--env-file", env_file).stdout == "0 versions, 0 faults\n"
    (log,) = (volume / ".audit").iterdir()
    assert [json.loads(line)["fate"] for line in log.read_text().splitlines()] == ["gone", "lost"]


@pytest.mark.usefixtures("stocked")
def test_what_can_not_be_repaired_is_told_and_the_rest_is_repaired(env_file: Path, volume: Path) -> None:
    harm(volume)
    obstacle = volume / ".gone/github.com/!azure/x/@v/v1.2.0.json"
    obstacle.mkdir(parents=True)
    done = invoke("fsck", "--repair", "--json", "--env-file", env_file)
    assert done.exit_code == 1
    assert [(each["module"], each["done"], each["trouble"]) for each in json.loads(done.stdout)["found"]] == [
        (THEIRS.module.path, "", f"{THEIRS.module}: the store can't be used: Is a directory"),
        (OURS.module.path, "out of service until the same content is published again", ""),
    ]


def test_what_athens_left_is_no_fault(env_file: Path, volume: Path) -> None:
    (volume / ".staging").mkdir()
    OURS.write_as_athens(volume)
    done = invoke("fsck", "--env-file", env_file)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (Exit.DONE, "1 versions, 0 faults")


def test_a_volume_that_is_not_there_is_trouble_and_not_clean(env_file: Path) -> None:
    done = invoke("fsck", "--env-file", env_file)
    assert done.exit_code == Exit.FAILED
    assert "No such file or directory" in done.stderr


def test_a_bucket_is_checked_and_repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "moto").mkdir()
    with Moto(tmp_path / "moto") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        url = f"{server.url}/{os.urandom(4).hex()}?staging={tmp_path / 'staging'}"
        monkeypatch.setenv("GOMOD_STORAGE_URL", url)
        monkeypatch.setenv("GOMOD_PRIVATE_PATTERNS", f"{OWN}/*")
        anyio.run(stock, url)
        clean = invoke("fsck")
        assert (clean.exit_code, clean.stdout) == (Exit.DONE, "2 versions, 0 faults\n"), clean.stderr
        rot_in_bucket(url)
        found = invoke("fsck")
        repaired = invoke("fsck", "--repair")
        again = invoke("fsck")
    assert found.exit_code == 1
    assert found.stdout.splitlines()[0].startswith(f"damaged {THEIRS.module}: ")
    assert found.stdout.splitlines()[-1] == "2 versions, 1 faults"
    assert repaired.exit_code == Exit.FAILED
    assert repaired.stdout.splitlines()[0].endswith("; out of service; the next request fetches it again")
    assert (again.exit_code, again.stdout) == (Exit.DONE, "1 versions, 0 faults\n")


def rot_in_bucket(url: str) -> None:
    parsed = urlsplit(url)
    client = S3Store(parsed.netloc, prefix=parsed.path.strip("/"), client_options=CLIENT)
    obstore.put(client, object_keys.zip_blob(hashlib.sha256(THEIRS.zip).hexdigest()), THEIRS.zip[:-30] + bytes(30))


@pytest.mark.usefixtures("stocked")
def test_a_backup_brings_it_back(env_file: Path, volume: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(volume, backup)
    harm(volume)
    invoke("fsck", "--repair", "--env-file", env_file)
    done = invoke("import", backup, "--env-file", env_file)
    assert done.exit_code == Exit.DONE, done.stdout + done.stderr
    done = invoke("fsck", "--env-file", env_file)
    assert (done.exit_code, done.stdout) == (Exit.DONE, "2 versions, 0 faults\n")
