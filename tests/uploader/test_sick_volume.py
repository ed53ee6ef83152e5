"""A volume that is full, read-only or not ours to write: the right 5xx, nothing half there, and it heals by itself."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.uploader.running import Uploader, running
from tests.uploader.sample import MODULE, VERSION, parts

# In a mount namespace of its own, and without root's right to write wherever it likes.
MOUNT_AND_RUN = (
    'mount -t tmpfs -o size=6m,nr_inodes=150 tmpfs "$0" && exec setpriv --bounding-set=-dac_override -- "$@"'
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the volume is mounted for the uploader, and for nobody else."""
    root = tmp_path / "modules"
    root.mkdir()
    return root


@pytest.fixture
def uploader(tmp_path: Path, root: Path) -> Iterator[Uploader]:
    with running(tmp_path, root, "unshare", "--mount", "sh", "-c", MOUNT_AND_RUN, str(root)) as process:
        assert process.upload(parts(version="v0.0.1")).status_code == 201
        yield process


@pytest.fixture
def volume(uploader: Uploader, root: Path) -> Path:
    """The volume as the uploader sees it."""
    return Path(f"/proc/{uploader.process.pid}/root{root}")


def fill_with_bytes(volume: Path) -> None:
    with (volume / ".full").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def fill_with_files(volume: Path) -> None:
    (volume / ".full").mkdir()
    with suppress(OSError):
        for number in count():
            (volume / ".full" / str(number)).touch()


def empty(volume: Path) -> None:
    subprocess.run(["rm", "-r", volume / ".full"], check=True)


def remount(volume: Path, option: str) -> None:
    pid = volume.parts[2]
    root = "/".join(["", *volume.parts[4:]])
    subprocess.run(["nsenter", "-t", pid, "-m", "mount", "-o", f"remount,{option}", root], check=True)


def make_read_only(volume: Path) -> None:
    remount(volume, "ro")


def make_writable(volume: Path) -> None:
    remount(volume, "rw")


def forbid(volume: Path) -> None:
    (volume / ".staging").chmod(0o555)


def allow(volume: Path) -> None:
    (volume / ".staging").chmod(0o755)


SICKNESSES = [
    pytest.param(fill_with_bytes, empty, 507, "store-full", id="no bytes left"),
    pytest.param(fill_with_files, empty, 507, "store-full", id="no inodes left"),
    pytest.param(make_read_only, make_writable, 503, "unavailable", id="read-only"),
    pytest.param(forbid, allow, 503, "unavailable", id="not permitted"),
]


@pytest.mark.parametrize(("fall_ill", "heal", "status", "code"), SICKNESSES)
def test_a_sick_volume_is_told_and_heals_without_a_restart(
    uploader: Uploader,
    volume: Path,
    fall_ill: Callable[[Path], None],
    heal: Callable[[Path], None],
    status: int,
    code: str,
) -> None:
    fall_ill(volume)
    assert problem_of(uploader.upload(parts())) == (status, code)
    assert problem_of(ready(uploader)) == (status, code)
    assert not (volume / MODULE / VERSION).exists()
    assert {path.name for path in (volume / MODULE).iterdir()} == {"v0.0.1", "@v"}
    heal(volume)
    assert uploader.upload(parts()).status_code == 201
    assert ready(uploader).status_code == 200
    assert not list((volume / ".staging").iterdir())


def test_a_module_that_does_not_fit_is_refused_and_gives_its_room_back(uploader: Uploader, volume: Path) -> None:
    large = parts(body=os.urandom(8 * 1024 * 1024))
    assert problem_of(uploader.upload(large)) == (507, "store-full")
    assert not (volume / MODULE / VERSION).exists()
    assert not list((volume / ".staging").iterdir())
    assert uploader.upload(parts(body=os.urandom(4 * 1024 * 1024))).status_code == 201


def test_nothing_is_published_that_the_audit_log_does_not_take(uploader: Uploader, volume: Path) -> None:
    (log,) = (volume / ".audit").iterdir()
    log.chmod(0o444)
    assert problem_of(uploader.upload(parts())) == (503, "unavailable")
    assert not (volume / MODULE / VERSION).exists()
    log.chmod(0o644)
    assert uploader.upload(parts()).status_code == 201


def ready(uploader: Uploader) -> httpx.Response:
    return uploader.client.get("/readyz")


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
