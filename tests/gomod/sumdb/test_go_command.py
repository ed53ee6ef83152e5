"""The database that these tests trust is one that the go command trusts, and its lies are lies to go as well."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.module import ModuleVersion
from gomod.sumdb.errors import Mismatch
from tests.gomod.oracle import GO, go_environment
from tests.gomod.sumdb.world import World
from tests.goproxy_server import GoProxyServer
from tests.sumdb_server import SumDatabase

MODULE = ModuleVersion("a.example/m", "v1.2.0")
ZIP_PATH = "/a.example/m/@v/v1.2.0.zip"


@dataclass
class Downloads:
    """`go mod download` of the one module there is."""

    modules: GoProxyServer
    folder: Path

    def run(self, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = go_environment() | {
            "GOENV": "off",
            "GOFLAGS": "-modcacherw",
            "GOPATH": str(self.folder / "gopath"),
            "GOPROXY": self.modules.url,
            **variables,
        }
        return subprocess.run(
            [GO, "mod", "download", str(MODULE)],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def downloads(tmp_path: Path, database: SumDatabase) -> Iterator[Downloads]:
    with GoProxyServer() as modules:
        modules.add(MODULE.path, MODULE.version)
        zip_path = tmp_path / "m.zip"
        zip_path.write_bytes(modules.body(ZIP_PATH))
        go_mod = modules.body("/a.example/m/@v/v1.2.0.mod")
        database.add(MODULE.path, MODULE.version, hash_zip(zip_path), hash_go_mod(go_mod))
        yield Downloads(modules, tmp_path)


def test_go_believes_the_database(database: SumDatabase, downloads: Downloads) -> None:
    ended = downloads.run(GOSUMDB=f"{database.key} {database.url}")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "/lookup/a.example/m@v1.2.0" in database.asked()


def test_go_reaches_the_database_through_a_proxy_that_supports_it(database: SumDatabase, downloads: Downloads) -> None:
    ended = downloads.run(GOSUMDB=database.key, GOPROXY=f"{downloads.modules.url},{database.url}")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert database.asked()[:2] == ["/supported", "/lookup/a.example/m@v1.2.0"]


async def test_go_and_we_refuse_other_bytes_than_those_on_record(
    database: SumDatabase, downloads: Downloads, tmp_path: Path
) -> None:
    downloads.modules.add(MODULE.path, MODULE.version, {"go.mod": b"module a.example/m\n", "x.go": b"package evil\n"})
    ended = downloads.run(GOSUMDB=f"{database.key} {database.url}")
    assert ended.returncode != 0
    assert "checksum mismatch" in ended.stderr
    (tmp_path / "evil.zip").write_bytes(downloads.modules.body(ZIP_PATH))
    checksums = await World(database).client.lookup(MODULE)
    with pytest.raises(Mismatch):
        checksums.check_zip(hash_zip(tmp_path / "evil.zip"))


def test_go_refuses_a_fork(database: SumDatabase, downloads: Downloads) -> None:
    gosumdb = f"{database.key} {database.url}"
    assert downloads.run(GOSUMDB=gosumdb).returncode == 0
    database.fork(600)
    ended = downloads.run(GOSUMDB=gosumdb, GOMODCACHE=str(downloads.folder / "empty"))
    assert ended.returncode != 0
    assert (
        "checking tree#701: downloaded inconsistent tile" in ended.stderr
    )  # the new history's tiles, the old one's head
