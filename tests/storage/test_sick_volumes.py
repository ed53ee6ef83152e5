"""Volumes that are full, read-only or forbidden: said as it is, nothing half-visible, well again without a restart."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gomod.errors import StoreFull, Unavailable
from gomod_storage import ModuleStore
from gomod_storage.open import open_caretaker, open_store
from gomod_storage.retention import Verdict
from tests.storage import mounts
from tests.storage.checks import assert_not_projected, assert_projected, assert_tidy, files_of, stored
from tests.storage.modules import pack, publish, read_zip

LIB = pack("git.example.com/Team/lib", "v1.0.0")
NEXT = pack("git.example.com/Team/lib", "v1.1.0")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 384 KiB."""
    with mounts.tmpfs(tmp_path / "small", "size=384k") as folder:
        yield folder


@pytest.fixture
def few_inodes(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 120 inodes."""
    with mounts.tmpfs(tmp_path / "few", "size=1m,nr_inodes=120") as folder:
        yield folder


def fill(root: Path) -> Path:
    """Take all the room there is."""
    filler = root / ".filler"
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert os.statvfs(root).f_bfree == 0
    return filler


async def started(root: Path) -> ModuleStore:
    store = open_store(root.as_uri())
    await store.start()
    return store


async def test_a_full_volume_says_so_shows_nothing_and_works_again_once_there_is_room(small: Path) -> None:
    store = await started(small)
    await publish(store, LIB)
    async with store.stage() as staging:
        release = NEXT.write(staging)
        filler = fill(small)
        with pytest.raises(StoreFull, match=r"v1\.1\.0: the store has no room left"):
            await store.commit(release)
    fill(small)
    for attempt in (store.ready, lambda: store.keep_part(NEXT.module, "mod", NEXT.mod)):
        with pytest.raises(StoreFull):
            await attempt()
    assert stored(small, NEXT) is None
    assert_not_projected(small, NEXT)
    assert_tidy(small)
    assert await read_zip(store, LIB.module) == LIB.zip
    filler.unlink()
    await store.ready()
    assert await publish(store, NEXT) is True
    assert_projected(small, NEXT)


async def test_a_volume_may_run_out_of_inodes_at_any_point_of_a_commit(few_inodes: Path) -> None:
    store = await started(few_inodes)
    outcomes = []
    for left in range(26):
        version = pack("git.example.com/Team/lib", f"v1.{left}.0")
        fillers = take_inodes(few_inodes, leave=left)
        try:
            await publish(store, version)
        except (StoreFull, OSError):  # the latter while the files are staged, which is the caller's writing
            outcomes.append("full")
        else:
            outcomes.append("published")
        for filler in fillers:
            filler.unlink()
        assert stored(few_inodes, version) in (None, files_of(version))
        await publish(store, version)
        assert_projected(few_inodes, version)
        shutil.rmtree(few_inodes / "git.example.com")
        await store.start()
        assert_tidy(few_inodes)
    assert outcomes[0] == "full"
    assert outcomes[-1] == "published"
    assert outcomes == sorted(outcomes)


@pytest.mark.parametrize("lacks", ["room", "inodes"])
async def test_what_nobody_uses_can_be_deleted_from_a_full_volume(request: pytest.FixtureRequest, lacks: str) -> None:
    root: Path = request.getfixturevalue("small" if lacks == "room" else "few_inodes")
    store, caretaker = await started(root), open_caretaker(root.as_uri())
    for packed in (LIB, NEXT):
        await publish(store, packed)
    fillers = [fill(root)] if lacks == "room" else take_inodes(root, leave=0)
    for stored_ in [stored_ async for stored_ in caretaker.stock(lambda _: False, date.today())]:
        assert await caretaker.cull(Verdict(stored_, cull=True, reason="unused")) == ""
    for filler in fillers:
        filler.unlink()
    for packed in (LIB, NEXT):
        assert stored(root, packed) is None
        assert_not_projected(root, packed)
    assert_tidy(root)
    assert len(list((root / ".reserve").iterdir())) == 32
    assert await publish(store, LIB) is True


def take_inodes(root: Path, *, leave: int) -> list[Path]:
    """Make empty files until so many inodes are left."""
    fillers = [root / f".filler-{number}" for number in range(os.statvfs(root).f_ffree - leave)]
    for filler in fillers:
        filler.touch()
    return fillers


async def test_a_read_only_volume_is_read_and_nothing_else(volume: ModuleStore, root: Path, tmp_path: Path) -> None:
    await publish(volume, LIB)
    NEXT.write_as_athens(root)
    await volume.keep_part(LIB.module, "mod", LIB.mod)
    with mounts.read_only(root, tmp_path / "read-only") as mounted:
        store = open_store(mounted.as_uri())
        assert await store.versions(LIB.module.path) == ["v1.0.0", "v1.1.0"]
        assert await read_zip(store, LIB.module) == LIB.zip
        assert (await store.part(LIB.module, "mod")).data == LIB.mod
        await store.start()  # serving what is there needs no writing; it is ready() that says what is wrong
        with capture_logs() as logs:
            assert await read_zip(store, NEXT.module) == NEXT.zip  # not projected, and can't be
            assert (await store.info(NEXT.module)).data == NEXT.info
        assert [entry["event"] for entry in logs] == ["projection_not_mended"]
        attempts: list[Callable[[], Awaitable[object]]] = [
            store.ready,
            lambda: publish(store, LIB),
            lambda: store.keep_part(NEXT.module, "mod", NEXT.mod),
        ]
        for attempt in attempts:
            with pytest.raises(Unavailable, match="Read-only file system"):
                await attempt()


AS_NOBODY = """
import json, os, sys
import anyio, anyio._backends._asyncio
from gomod.errors import RegistryError
from gomod.module import ModuleVersion
from gomod_storage.open import open_store

async def main():
    store = open_store(sys.argv[1])
    outcomes = {}
    for name, act in {
        "read": lambda: store.info(ModuleVersion("git.example.com/open", "v1.0.0")),
        "absent": lambda: store.info(ModuleVersion("git.example.com/open", "v1.0.1")),
        "file": lambda: store.info(ModuleVersion("git.example.com/file", "v1.0.0")),
        "folder": lambda: store.info(ModuleVersion("git.example.com/folder", "v1.0.0")),
        "list": lambda: store.versions("git.example.com/folder"),
        "part": lambda: store.part(ModuleVersion("git.example.com/file", "v1.0.0"), "mod"),
        "stage": lambda: store.stage().__aenter__(),
        "keep": lambda: store.keep_part(ModuleVersion("git.example.com/open", "v1.2.0"), "mod", b"module x"),
        "ready": store.ready,
        "start": store.start,
    }.items():
        try:
            await act()
            outcomes[name] = "fine"
        except RegistryError as error:
            outcomes[name] = type(error).__name__
    print(json.dumps(outcomes))

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
anyio.run(main)
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that everybody may enter; pytest's own are private."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def test_what_may_not_be_read_is_unavailable_and_not_absent(open_folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    store = await started(open_folder)
    for name in ("open", "file", "folder"):
        await publish(store, pack(f"git.example.com/{name}", "v1.0.0"))
    file = pack("git.example.com/file", "v1.0.0")
    await store.keep_part(file.module, "mod", file.mod)
    (open_folder / "git.example.com/file/v1.0.0/v1.0.0.info").chmod(0o600)
    (open_folder / ".parts/git.example.com/file/@v/v1.0.0.mod").chmod(0o600)
    (open_folder / "git.example.com/folder").chmod(0o700)
    ended = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, open_folder.as_uri()], capture_output=True, text=True, check=True
    )
    assert json.loads(ended.stdout.splitlines()[-1]) == {
        "read": "fine",
        "absent": "NotFound",
        "start": "fine",
        **dict.fromkeys(["file", "folder", "list", "part", "stage", "keep", "ready"], "Unavailable"),
    }
    assert_tidy(open_folder)


LOOK_AFTER = """
import json, os, sys
from datetime import date
import anyio, anyio._backends._asyncio
from gomod_storage.open import open_caretaker, open_store
from gomod_storage.pace import at_once

async def main():
    store, caretaker = open_store(sys.argv[1]), open_caretaker(sys.argv[1])
    scrubbed = [[str(module), finding and finding.problem] async for module, finding in caretaker.scrub(at_once)]
    if sys.argv[2:] == ["scrub"]:
        print(json.dumps(scrubbed))
        return
    catalog = [str(module) for module in await store.catalog(None, 10)]
    stock = [str(stored.module) async for stored in caretaker.stock(lambda _: True, date.today())]
    print(json.dumps({"scrub": scrubbed, "catalog": catalog, "stock": stock}))

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
anyio.run(main)
"""


async def test_what_a_new_filesystem_has_in_its_root_is_no_module_and_stops_nobody(open_folder: Path) -> None:
    versions = [LIB, pack("git.example.com/Team/lib", "v2.0.0+incompatible")]
    store = await started(open_folder)
    for packed in versions:
        await publish(store, packed)
    (open_folder / "lost+found").mkdir(mode=0o700)
    names = [str(packed.module) for packed in versions]
    assert look_after_as_nobody(open_folder) == {
        "scrub": [[name, None] for name in names],
        "catalog": names,
        "stock": names,
    }


async def test_a_version_whose_folder_may_not_be_read_is_told_and_the_scrub_goes_on(open_folder: Path) -> None:
    store = await started(open_folder)
    for packed in (LIB, NEXT):
        await publish(store, packed)
    (open_folder / LIB.module.path / "v1.0.0").chmod(0o700)
    assert look_after_as_nobody(open_folder, "scrub") == [[str(LIB.module), "unreadable"], [str(NEXT.module), None]]


def look_after_as_nobody(root: Path, *only: str) -> object:
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    command = [sys.executable, "-c", LOOK_AFTER, root.as_uri(), *only]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)
