"""`gomod-admin import`: what is valid is taken in, what is not is told, and nothing is ever half there."""

import errno
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from typer.testing import Result

from gomod.dirhash import hash_go_mod
from gomod.module import ModuleVersion
from gomod_admin.exits import Exit
from gomod_storage.open import open_store
from gomod_storage.store import Fate
from tests.admin.commands import run_import
from tests.admin.files import contents
from tests.admin.trees import write_as_cache
from tests.proxy.running import OWN
from tests.storage.checks import assert_tidy
from tests.storage.modules import Packed, pack, publish, read_zip
from tests.storage.mounts import tmpfs
from tests.waiting import wait_for

AZURE = pack("github.com/Azure/lib", "v1.0.0")
AZURE_2 = pack("github.com/Azure/lib/v2", "v2.1.0-Beta.1")
BILLING = pack(f"{OWN}/billing", "v1.0.0")
GOOD = [AZURE, AZURE_2, BILLING]


def refusals(done: Result) -> list[tuple[str, list[str]]]:
    told = json.loads(done.stdout)["refused_versions"]
    return [(f"{each['module']}@{each['version']}", [fault["code"] for fault in each["faults"]]) for each in told]


def counts(done: Result) -> tuple[int, int, int, int]:
    told = json.loads(done.stdout)
    return told["taken"], told["part"], told["identical"], told["refused"]


def assert_stored(volume: Path, *packed: Packed) -> None:
    """The volume holds these versions, byte for byte, and no other; nothing lies about."""
    anyio.run(_assert_stored, volume, packed)


async def _assert_stored(volume: Path, packed: Sequence[Packed]) -> None:
    store = open_store(volume.as_uri())
    assert set(await store.catalog(None, 1000)) == {each.module for each in packed}
    for each in packed:
        assert (await store.info(each.module)).data == each.info
        assert (await store.mod(each.module)).data == each.mod
        assert await read_zip(store, each.module) == each.zip
    assert_tidy(volume)


async def _publish(volume: Path, packed: Sequence[Packed]) -> None:
    store = open_store(volume.as_uri())
    await store.start()
    for each in packed:
        await publish(store, each)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    path = tmp_path / "tree"
    path.mkdir()
    return path


def test_what_athens_stored_is_taken_in(volume: Path, tree: Path) -> None:
    for each in GOOD:
        each.write_as_athens(tree)
    before = contents(tree)
    done = run_import(volume, tree)
    assert (done.exit_code, counts(done)) == (Exit.DONE, (3, 0, 0, 0))
    assert json.loads(done.stdout)["taken_ours"] == 1
    assert_stored(volume, *GOOD)
    assert contents(tree) == before


@pytest.mark.parametrize("inner", ["", "cache/download"])
def test_a_module_cache_is_taken_in(volume: Path, tree: Path, inner: str) -> None:
    for each in GOOD:
        write_as_cache(tree / inner, each)
    for noise in ("list", "v1.0.0.ziphash", "v1.0.0.lock"):
        (tree / inner / "github.com/!azure/lib/@v" / noise).write_text("noise")
    (tree / inner / "sumdb/sum.example.org/lookup").mkdir(parents=True)
    done = run_import(volume, tree)
    assert (done.exit_code, counts(done)) == (Exit.DONE, (3, 0, 0, 0))
    assert_stored(volume, *GOOD)


def test_athens_in_an_object_store_escapes_nothing(volume: Path, tree: Path) -> None:
    folder = tree / "github.com/Azure/lib/@v"
    folder.mkdir(parents=True)
    for kind, data in (("info", AZURE.info), ("mod", AZURE.mod), ("zip", AZURE.zip)):
        (folder / f"v1.0.0.{kind}").write_bytes(data)
    assert counts(run_import(volume, tree)) == (1, 0, 0, 0)
    assert_stored(volume, AZURE)


def test_a_volume_of_ours_is_read_once_and_not_twice(volume: Path, tree: Path) -> None:
    anyio.run(_publish, tree, GOOD)
    assert counts(run_import(volume, tree)) == (3, 0, 0, 0)
    assert_stored(volume, *GOOD)


def test_a_new_filesystem_has_a_folder_that_is_not_looked_into(
    volume: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    AZURE.write_as_athens(tree)
    (tree / "lost+found").mkdir()
    scandir = os.scandir

    def scandir_as_nobody(folder: str | Path) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        if Path(folder).name == "lost+found":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", scandir_as_nobody)
    done = run_import(volume, tree)
    assert (done.exit_code, counts(done)) == (Exit.DONE, (1, 0, 0, 0))


def test_a_second_run_goes_on_where_the_first_ended(volume: Path, tree: Path) -> None:
    AZURE.write_as_athens(tree)
    run_import(volume, tree)
    before = contents(volume)
    assert counts(run_import(volume, tree)) == (0, 0, 1, 0)
    assert contents(volume) == before
    BILLING.write_as_athens(tree)
    done = run_import(volume, tree)
    assert (done.exit_code, counts(done)) == (Exit.DONE, (1, 0, 1, 0))


def test_the_same_module_packed_otherwise_is_identical(volume: Path, tree: Path) -> None:
    AZURE.write_as_athens(tree)
    run_import(volume, tree)
    pack(AZURE.module.path, "v1.0.0", compression=zipfile.ZIP_STORED).write_as_athens(tree / "other")
    assert counts(run_import(volume, tree / "other")) == (0, 0, 1, 0)
    assert_stored(volume, AZURE)


def test_single_files_of_public_versions_are_taken_alone(volume: Path, tree: Path) -> None:
    write_as_cache(tree, AZURE, "mod", "info")
    write_as_cache(tree, BILLING, "mod")
    done = run_import(volume, tree)
    assert counts(done) == (0, 1, 0, 1)
    assert refusals(done) == [(f"{OWN}/billing@v1.0.0", ["torn"])]
    assert_stored(volume)
    store = open_store(volume.as_uri())
    assert anyio.run(store.part, AZURE.module, "mod").data == AZURE.mod
    assert anyio.run(store.part, AZURE.module, "info").data == AZURE.info
    assert counts(run_import(volume, tree)) == (0, 0, 1, 1)


def test_a_zip_that_go_fetched_without_its_info_can_be_completed_by_go(volume: Path, tree: Path) -> None:
    write_as_cache(tree, AZURE, "mod", "zip")
    done = run_import(volume, tree)
    assert refusals(done) == [(str(AZURE.module), ["torn"])]
    hint = f"refused {AZURE.module}: it has no info; `go mod download {AZURE.module}` brings it (torn)"
    assert hint in done.stderr.splitlines()
    write_as_cache(tree, AZURE, "info")
    assert counts(run_import(volume, tree)) == (1, 0, 0, 0)


def test_another_go_mod_than_the_stored_one_is_refused_alone_too(volume: Path, tree: Path) -> None:
    AZURE.write_as_athens(tree / "athens")
    run_import(volume, tree / "athens")
    write_as_cache(tree / "cache", replace(AZURE, mod=AZURE.mod + b"// other\n"), "mod")
    assert refusals(run_import(volume, tree / "cache")) == [(str(AZURE.module), ["conflict"])]


def _other_zip(module: str) -> bytes:
    return pack(module, "v1.0.0").zip


BAD = {
    "no zip": (replace(AZURE, zip=b"no zip at all"), "zip-"),
    "the zip of another module": (replace(AZURE, zip=_other_zip("github.com/other/x")), ""),
    "another go.mod": (replace(AZURE, mod=b"module github.com/Azure/lib\n\ngo 1.22\n"), "mod-differs"),
    "the info of another version": (replace(AZURE, info=BILLING.info.replace(b"v1.0.0", b"v1.0.1")), "info-version"),
    "no info": (replace(AZURE, info=b"<html>"), "malformed"),
    "ours, and go.mod declares another path": (
        Packed(BILLING.module, BILLING.info, b"module go.corp.example/other\n", BILLING.zip),
        "mod-",
    ),
    "a version that does not belong to the path": (
        replace(AZURE, module=ModuleVersion(AZURE.module.path, "v2.0.0")),
        "",
    ),
    "a path that is none": (replace(AZURE, module=ModuleVersion("nodots/lib", "v1.0.0")), "malformed"),
    "a path that can't be stored": (pack("github.com/x/v1.0.0/y", "v1.0.0"), "not-storable"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_not_valid_is_refused_and_told(volume: Path, tree: Path, bad: str) -> None:
    packed, code = BAD[bad]
    packed.write_as_athens(tree)
    pack("github.com/good/last", "v1.0.0").write_as_athens(tree)
    done = run_import(volume, tree)
    assert done.exit_code == Exit.REFUSED
    [(name, codes)] = refusals(done)
    assert name == str(packed.module)
    assert codes
    assert all(each.startswith(code) for each in codes)
    assert f"refused {packed.module}: " in done.stderr
    assert_stored(volume, pack("github.com/good/last", "v1.0.0"))


@pytest.mark.parametrize("missing", ["go.mod", "source.zip", "v1.0.0.info"])
def test_a_torn_version_is_refused(volume: Path, tree: Path, missing: str) -> None:
    (AZURE.write_as_athens(tree) / missing).unlink()
    assert refusals(run_import(volume, tree)) == [(str(AZURE.module), ["torn"])]
    assert_stored(volume)


def test_a_fork_whose_go_mod_has_the_original_path_is_public_and_taken(volume: Path, tree: Path) -> None:
    mod = b"module github.com/original/lib\n"
    packed = pack("github.com/fork/lib", "v1.0.0")
    with zipfile.ZipFile(tree / "fork.zip", "w") as archive:
        archive.writestr("github.com/fork/lib@v1.0.0/go.mod", mod)
    fork = replace(packed, mod=mod, zip=(tree / "fork.zip").read_bytes())
    fork.write_as_athens(tree)
    assert counts(run_import(volume, tree)) == (1, 0, 0, 0)
    assert_stored(volume, fork)


def test_what_stands_is_never_changed(volume: Path, tree: Path) -> None:
    AZURE.write_as_athens(tree)
    run_import(volume, tree)
    pack(AZURE.module.path, "v1.0.0", "package other\n").write_as_athens(tree / "other")
    done = run_import(volume, tree / "other")
    assert refusals(done) == [(str(AZURE.module), ["conflict"])]
    assert_stored(volume, AZURE)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_regular_file_is_not_read(volume: Path, tree: Path, tmp_path: Path, kind: str) -> None:
    file = AZURE.write_as_athens(tree) / "source.zip"
    secret = tmp_path / "secret.zip"
    file.rename(secret)
    match kind:
        case "link":
            file.symlink_to(secret)
        case "pipe":
            os.mkfifo(file)
        case _:
            file.mkdir()
    assert refusals(run_import(volume, tree)) == [(str(AZURE.module), ["unreadable"])]
    assert_stored(volume)


def test_links_out_of_the_tree_are_not_followed(volume: Path, tree: Path, tmp_path: Path) -> None:
    AZURE.write_as_athens(tmp_path / "elsewhere")
    (tree / "github.com").symlink_to(tmp_path / "elsewhere/github.com")
    assert counts(run_import(volume, tree)) == (0, 0, 0, 0)


def test_a_dry_run_says_the_same_and_takes_nothing(volume: Path, tree: Path) -> None:
    AZURE.write_as_athens(tree / "first")
    run_import(volume, tree / "first")
    before = contents(volume)
    for each in (pack(AZURE.module.path, "v1.0.0", "package other\n"), BILLING, BAD["no zip"][0]):
        write_as_cache(tree / "second", replace(each, module=each.module))
    write_as_cache(tree / "second", AZURE_2, "mod")
    dry = run_import(volume, tree / "second", "--dry-run")
    assert contents(volume) == before
    told = json.loads(dry.stdout)
    assert told.pop("dry_run") is True
    real = json.loads(run_import(volume, tree / "second").stdout)
    assert real.pop("dry_run") is False
    assert told == real


@pytest.mark.parametrize("fate", ["gone", "lost"])
@pytest.mark.parametrize("text", ["package x\n", "package other\n"])
def test_a_dry_run_says_the_same_of_a_version_that_was_taken_away(
    volume: Path, tree: Path, fate: Fate, text: str
) -> None:
    for each in (AZURE, BILLING):
        each.write_as_athens(tree / "first")
        pack(each.module.path, each.module.version, text).write_as_athens(tree / "second")
    run_import(volume, tree / "first")
    anyio.run(_take_away, volume, fate)
    before = contents(volume)
    dry = json.loads(run_import(volume, tree / "second", "--dry-run").stdout)
    assert contents(volume) == before
    real = json.loads(run_import(volume, tree / "second").stdout)
    assert dry == real | {"dry_run": True}
    assert (real["taken"], real["refused"]) == ((0, 2) if "other" in text else (2, 0))


async def _take_away(volume: Path, fate: Fate) -> None:
    store = open_store(volume.as_uri())
    for each in (AZURE, BILLING):
        assert await store.take_away(each.module, "rotten", fate)


def test_what_go_sum_says_otherwise_is_refused(volume: Path, tree: Path, tmp_path: Path) -> None:
    AZURE.write_as_athens(tree)
    write_as_cache(tree, AZURE_2, "mod")
    BILLING.write_as_athens(tree)
    go_sum = tmp_path / "go.sum"
    other = hash_go_mod(b"other")
    go_sum.write_text(
        f"github.com/Azure/lib v1.0.0 {other}\ngithub.com/Azure/lib/v2 v2.1.0-Beta.1/go.mod {other}\n"
        f"{OWN}/billing v1.0.0/go.mod {hash_go_mod(BILLING.mod)}\n"
    )
    done = run_import(volume, tree, "--go-sum", go_sum)
    assert refusals(done) == [(str(AZURE_2.module), ["checksum-mismatch"]), (str(AZURE.module), ["checksum-mismatch"])]
    assert_stored(volume, BILLING)


def test_a_go_sum_that_is_none_is_an_error(volume: Path, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "go.sum").write_text("x\n")
    done = run_import(volume, tree, "--go-sum", tmp_path / "go.sum")
    assert done.exit_code == Exit.USAGE
    assert "go.sum, line 1" in done.stderr


def test_a_tree_that_is_not_there_is_an_error(volume: Path, tree: Path) -> None:
    assert run_import(volume, tree / "absent").exit_code == Exit.USAGE


def test_a_tree_may_be_as_deep_as_a_path_can_be_long(volume: Path, tree: Path) -> None:
    AZURE.write_as_athens(tree)
    # Python's own ways to make and to remove folders call themselves for each of them.
    subprocess.run(["mkdir", "-p", "/".join("d" * 1500)], cwd=tree, check=True)
    try:
        assert counts(run_import(volume, tree)) == (1, 0, 0, 0)
    finally:
        subprocess.run(["rm", "-r", "d"], cwd=tree, check=True)


def test_names_in_a_tree_can_not_act_on_the_terminal(volume: Path, tree: Path) -> None:
    replace(AZURE, module=ModuleVersion("github.com/\x1b[31mred", "v1.0.0")).write_as_athens(tree)
    folder = os.fsencode(tree) + b"/github.com/\xff/v1.0.0"
    Path(os.fsdecode(folder)).mkdir(parents=True)
    Path(os.fsdecode(folder), "go.mod").touch()
    done = run_import(volume, tree)
    assert done.exit_code == Exit.REFUSED
    assert "\x1b" not in done.output
    assert counts(done)[3] == 2


def test_taking_in_what_is_ours_is_in_the_audit_log(volume: Path, tree: Path) -> None:
    for each in (AZURE, BILLING):
        each.write_as_athens(tree)
    run_import(volume, tree)
    pack(BILLING.module.path, "v1.0.0", "package other\n").write_as_athens(tree / "other")
    run_import(volume, tree / "other")
    [log] = (volume / ".audit").iterdir()
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert {(entry["what"], entry["module"], entry["version"]) for entry in entries} == {
        ("import", f"{OWN}/billing", "v1.0.0")
    }
    assert [entry["verdict"] for entry in entries] == ["begun", "new", "begun", "refused"]


def test_what_a_killed_run_left_is_whole_and_the_next_run_completes_it(volume: Path, tree: Path) -> None:
    many = [pack("github.com/many/lib", f"v1.0.{number}") for number in range(40)]
    for each in many:
        each.write_as_athens(tree)
    variables = {"GOMOD_STORAGE_URL": volume.as_uri(), "GOMOD_PRIVATE_PATTERNS": f"{OWN}/*"}
    command = [sys.executable, "-m", "gomod_admin", "import", str(tree)]
    with subprocess.Popen(command, env=os.environ | variables, stdout=subprocess.DEVNULL) as running:
        wait_for((volume / "github.com/many/lib/v1.0.0").exists, "the first version")
        running.kill()
    store = open_store(volume.as_uri())
    stored = anyio.run(store.catalog, None, 1000)
    assert 0 < len(stored) < len(many)
    assert {each.version for each in stored} == {
        folder.name for folder in (volume / "github.com/many/lib").iterdir() if folder.name != "@v"
    }
    done = run_import(volume, tree)
    assert (done.exit_code, counts(done)) == (Exit.DONE, (len(many) - len(stored), 0, len(stored), 0))
    assert_stored(volume, *many)


def test_a_version_that_is_damaged_in_the_store_keeps_nothing_else_out(volume: Path, tree: Path) -> None:
    AZURE.write_as_athens(tree)
    run_import(volume, tree)
    (volume / AZURE.module.path / "v1.0.0" / "source.zip").write_bytes(AZURE.zip[:-30])
    BILLING.write_as_athens(tree)
    done = run_import(volume, tree)
    assert refusals(done) == [(str(AZURE.module), ["store"])]
    assert counts(done) == (1, 0, 0, 1)


def test_a_full_store_ends_the_run_and_loses_nothing(tmp_path: Path, tree: Path) -> None:
    large = pack("github.com/large/lib", "v1.0.0", "/*" + "x" * 600_000 + "*/", compression=zipfile.ZIP_STORED)
    for each in (AZURE, large, pack("github.com/later/lib", "v1.0.0")):
        each.write_as_athens(tree)
    with tmpfs(tmp_path / "small", "size=512k") as small:
        done = run_import(small, tree)
        assert done.exit_code == Exit.FAILED
        assert "the store has no room left" in done.stderr
        assert_stored(small, AZURE)


def test_a_store_that_is_gone_ends_the_run(tree: Path, tmp_path: Path) -> None:
    AZURE.write_as_athens(tree)
    (tmp_path / "file").touch()
    done = run_import(tmp_path / "file", tree)
    assert done.exit_code == Exit.FAILED
    assert json.loads(done.stdout)["error"]["kind"] == "failed"
