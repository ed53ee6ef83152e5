"""The history of a real open-source module, published by us: the same hashes as the whole world has on record.

The releases come from the machine's module mirror; each becomes a commit with its tag in a repository made here.
"""

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.local.venv import tool
from tests.e2e.go import Go
from tests.e2e.registry import UUID, Registry, local_values, running_registry
from tests.publish.repository import GitRepository

PATH = "github.com/cespare/xxhash"

RELEASES = {
    f"{PATH}@v1.1.0": "h1:a6HrQnmkObjyL+Gs60czilIUGqrzKutQD6XZog3p+ko=",
    f"{PATH}/v2@v2.0.0": "h1:Eb1IiuHmi3FhT12NKfqCQXSXRqc4NTMvgJoREemrSt4=",
    f"{PATH}/v2@v2.1.0": "h1:yTUvW7Vhb89inJ+8irsUqiWjh8iT6sQPZiQzI6ReGkA=",
    f"{PATH}/v2@v2.1.1": "h1:6MnRN8NT7+YBpUIWxHtefFZOKTAPgGjpQSxqLNn0+qY=",
    f"{PATH}/v2@v2.1.2": "h1:YRXhKfTDauu4ajMg1TPgFO5jnlC2HCbmLXMcTG5cbYE=",
    f"{PATH}/v2@v2.2.0": "h1:DC2CZ1Ep5Y4k3ZQ899DldepgrayRUGE6BBZ/cd9Cj44=",
    f"{PATH}/v2@v2.3.0": "h1:UL815xU9SqsFlibzuggzjXhog7bL6oX9BbNZnL2UFvs=",
}
"""Every release since it is a module, and what the public checksum database says of it; the major version changes."""

GO_SUM = f"""\
{PATH}/v2 v2.3.0 h1:UL815xU9SqsFlibzuggzjXhog7bL6oX9BbNZnL2UFvs=
{PATH}/v2 v2.3.0/go.mod h1:VGX0DQ3Q6kWi7AoAeZDth3/j3BFtOZR5XLFGgcrjCOs=
"""

MAIN = f"""\
package main

import (
	"fmt"

	"{PATH}/v2"
)

func main() {{ fmt.Printf("%x\\n", xxhash.Sum64String("")) }}
"""


@dataclass(frozen=True)
class History:
    """What was packed and published, and where."""

    packed: Path
    hashes: dict[str, str]  # of what was packed
    sent: set[str]
    variables: dict[str, str]
    registry: Registry


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, outer_goproxy: list[str]) -> Iterator[History]:
    """Every release packed from its tag, and sent to a registry for which the module is one of its own."""
    folder = tmp_path_factory.mktemp("history")
    values = local_values(folder / "state", ",".join(outer_goproxy), GOMOD_PRIVATE_PATTERNS=PATH)
    repository = GitRepository(folder / "repository")
    repository.git("config", "user.name", "Ann Author")
    repository.git("config", "user.email", "ann@localhost")
    mirror = Go(folder / "mirrored", {"GOPROXY": ",".join(outer_goproxy), "GOSUMDB": "off", "GOFLAGS": "-modcacherw"})
    with running_registry(values) as registry:
        variables = {
            "PATH": f"{tool('go').parent}:{os.environ['PATH']}",
            "HOME": os.environ["HOME"],
            "GO_REGISTRY_URL": registry.url,
            "GO_REGISTRY_TOKEN": registry.token,
            "GO_SMOKE_PUBLIC_MODULE": f"{UUID}@v1.6.0",
            "GOPROXY": registry.url,
            "GONOPROXY": "none",
            "GOPRIVATE": PATH,
            "GONOSUMDB": "github.com/*",
            "GOWORK": "off",
        }
        hashes = {}
        for release in RELEASES:
            commit_release(repository, mirror, release, folder)
            told = publish(variables, "pack", repository.path, "--output", folder / "packed")["versions"][0]
            hashes[f"{told['module']}@{told['version']}"] = told["h1"]
        sent = publish(variables, "upload", folder / "packed")["versions"]
        released = {f"{each['module']}@{each['version']}" for each in sent}
        yield History(folder / "packed", hashes, released, variables, registry)


def commit_release(repository: GitRepository, mirror: Go, release: str, folder: Path) -> None:
    """The release's files, as the mirror has them, become the whole content of a commit."""
    found = json.loads(mirror.run("mod", "download", "-json", release, cwd=folder))
    for old in repository.path.iterdir():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    with zipfile.ZipFile(found["Zip"]) as archive:
        files = {name.removeprefix(f"{release}/"): archive.read(name) for name in archive.namelist()}
    repository.commit(files, found["Version"])


def publish(variables: dict[str, str], command: str, *arguments: str | Path) -> dict[str, list[dict[str, str]]]:
    """What `gomod-publish COMMAND` prints as JSON."""
    words = [str(tool("gomod-publish")), command, *map(str, arguments), "--json"]
    done = subprocess.run(words, env=variables, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
    return told


def test_every_release_has_the_hash_that_the_world_has_on_record(history: History) -> None:
    assert history.hashes == RELEASES


def test_all_of_it_is_published_and_of_use(history: History) -> None:
    assert history.sent == set(RELEASES)
    told = publish(history.variables, "smoke", history.packed)
    assert len(told["checks"]) == 2 + 4 * len(RELEASES) + 1
    assert all(each["passed"] for each in told["checks"])
    assert history.registry.get(f"/{PATH}/v2/@v/list").body == b"v2.0.0\nv2.1.0\nv2.1.1\nv2.1.2\nv2.2.0\nv2.3.0\n"


def test_a_consumer_with_the_public_go_sum_builds_with_ours(history: History, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(MAIN)
    (tmp_path / "go.mod").write_text(f"module consumer.test\n\ngo 1.21\n\nrequire {PATH}/v2 v2.3.0\n")
    (tmp_path / "go.sum").write_text(GO_SUM)
    consumers = {"GOPROXY": history.registry.url, "GOSUMDB": "off", "GOFLAGS": "-modcacherw -mod=readonly"}
    Go(tmp_path / "modules", consumers).run("build", "-o", "consumer", ".", cwd=tmp_path)
    assert history.registry.get(f"/{PATH}/v2/@v/v2.3.0.info").headers["x-cache"] == "LOCAL"
    printed = subprocess.run([tmp_path / "consumer"], capture_output=True, text=True, check=True).stdout
    assert printed == "ef46db3751d8e999\n"  # XXH64 of nothing
