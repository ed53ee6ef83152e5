"""`gomod-admin fsck` finds what rotted, says so in its exit status, and touches nothing unless told to."""

import json
import shutil
from pathlib import Path

import anyio
import pytest

from gomod_admin.exits import Exit
from gomod_storage.open import open_store
from tests.admin.commands import invoke
from tests.admin.files import contents
from tests.proxy.running import OWN
from tests.storage.modules import pack, publish

OURS = pack(f"{OWN}/billing", "v1.0.0")
THEIRS = pack("github.com/Azure/x", "v1.2.0")


@pytest.fixture
def stocked(volume: Path) -> None:
    """A volume with a version of ours and one of somebody else's."""
    anyio.run(stock, volume)


async def stock(volume: Path) -> None:
    store = open_store(volume.as_uri())
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


def test_what_athens_left_is_no_fault(env_file: Path, volume: Path) -> None:
    (volume / ".staging").mkdir()
    OURS.write_as_athens(volume)
    done = invoke("fsck", "--env-file", env_file)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (Exit.DONE, "1 versions, 0 faults")


def test_a_volume_that_is_not_there_is_trouble_and_not_clean(env_file: Path) -> None:
    done = invoke("fsck", "--env-file", env_file)
    assert done.exit_code == Exit.FAILED
    assert "No such file or directory" in done.stderr


def test_another_kind_of_store_is_a_wrong_setting(tmp_path: Path) -> None:
    file = tmp_path / "proxy.env"
    file.write_text("GOMOD_STORAGE_URL=s3://bucket\nGOMOD_PRIVATE_PATTERNS=a.b/*\n")
    done = invoke("fsck", "--env-file", file)
    assert done.exit_code == Exit.USAGE
    assert "looks after volumes" in done.stderr


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
