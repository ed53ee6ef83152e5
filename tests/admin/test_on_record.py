"""Public versions that are taken in are held to the checksum database, as those are that the proxy fetches."""

import json
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from typer.testing import Result

from gomod.dirhash import hash_go_mod, hash_zip
from gomod_admin.exits import Exit
from gomod_storage.open import open_store
from tests.admin.commands import run_import
from tests.admin.trees import write_as_cache
from tests.ports import free_port
from tests.proxy.running import OWN
from tests.storage.modules import Packed, pack
from tests.sumdb_server import SumDatabase

LIB = pack("github.com/Azure/lib", "v1.0.0")
FORGED = pack("github.com/Azure/lib", "v1.0.0", "package forged\n")
UNKNOWN = pack("github.com/nobody/knows", "v1.0.0")
BILLING = pack(f"{OWN}/billing", "v1.0.0")


@pytest.fixture
def database() -> Iterator[SumDatabase]:
    with SumDatabase() as database:
        database.generate(100)
        yield database


@pytest.fixture
def tree(tmp_path: Path, database: SumDatabase) -> Path:
    archive = tmp_path / "x.zip"
    archive.write_bytes(LIB.zip)
    database.add(LIB.module.path, "v1.0.0", hash_zip(archive), hash_go_mod(LIB.mod))
    path = tmp_path / "tree"
    path.mkdir()
    return path


def of(database: SumDatabase) -> str:
    return f"{database.key} {database.url}"


def outcome(done: Result) -> tuple[int, int, list[str]]:
    told = json.loads(done.stdout)
    return told["taken"], told["part"], [fault["code"] for each in told["refused_versions"] for fault in each["faults"]]


def stored(volume: Path) -> list[str]:
    return [str(each) for each in anyio.run(open_store(volume.as_uri()).catalog, None, 100)]


def test_what_is_on_record_is_taken_in(volume: Path, tree: Path, database: SumDatabase) -> None:
    LIB.write_as_athens(tree)
    assert outcome(run_import(volume, tree, GOMOD_SUMDBS=of(database))) == (1, 0, [])
    assert [path for path in database.asked() if path.startswith("/lookup/")] == [
        "/lookup/github.com/!azure/lib@v1.0.0"
    ]


@pytest.mark.parametrize("files", [("info", "mod", "zip"), ("mod",)], ids=["whole", "go.mod alone"])
def test_other_bytes_than_those_on_record_are_refused(
    volume: Path, tree: Path, database: SumDatabase, files: tuple[str, ...]
) -> None:
    forged = (
        Packed(FORGED.module, FORGED.info, FORGED.mod + b"// forged\n", FORGED.zip) if "zip" not in files else FORGED
    )
    write_as_cache(tree, forged, *files)
    done = run_import(volume, tree, GOMOD_SUMDBS=of(database))
    assert (done.exit_code, outcome(done)) == (Exit.REFUSED, (0, 0, ["checksum-mismatch"]))
    assert stored(volume) == []
    assert not list((volume / ".parts").rglob("*.mod"))


def test_what_the_database_does_not_know_is_taken_in(volume: Path, tree: Path, database: SumDatabase) -> None:
    UNKNOWN.write_as_athens(tree)
    assert outcome(run_import(volume, tree, GOMOD_SUMDBS=of(database))) == (1, 0, [])


def test_ours_are_never_looked_up(volume: Path, tree: Path, database: SumDatabase) -> None:
    BILLING.write_as_athens(tree)
    assert outcome(run_import(volume, tree, GOMOD_SUMDBS=of(database))) == (1, 0, [])
    assert database.asked() == []


def test_with_the_database_out_of_reach_nothing_is_taken_before_it_is_back(
    volume: Path, tree: Path, database: SumDatabase
) -> None:
    LIB.write_as_athens(tree)
    away = f"{database.key} http://127.0.0.1:{free_port()}"
    assert outcome(run_import(volume, tree, GOMOD_SUMDBS=away)) == (0, 0, ["not-checked"])
    assert stored(volume) == []
    assert outcome(run_import(volume, tree, GOMOD_SUMDBS=of(database))) == (1, 0, [])


def test_what_go_sum_tells_is_not_looked_up(volume: Path, tree: Path, database: SumDatabase, tmp_path: Path) -> None:
    LIB.write_as_athens(tree)
    go_sum = tmp_path / "go.sum"
    go_sum.write_text(f"{LIB.module.path} v1.0.0 {hash_zip(tmp_path / 'x.zip')}\n")
    away = f"{database.key} http://127.0.0.1:{free_port()}"
    assert outcome(run_import(volume, tree, "--go-sum", go_sum, GOMOD_SUMDBS=away)) == (1, 0, [])
    assert database.asked() == []


def test_a_dry_run_asks_and_keeps_nothing(volume: Path, tree: Path, database: SumDatabase) -> None:
    FORGED.write_as_athens(tree)
    assert outcome(run_import(volume, tree, "--dry-run", GOMOD_SUMDBS=of(database))) == (0, 0, ["checksum-mismatch"])
    assert not (volume / ".kept").exists()
