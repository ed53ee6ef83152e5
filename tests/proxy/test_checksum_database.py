"""Checksum databases through the proxy, and the proxy's own checks: a real database, which may lie, and the real go."""

import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
import pytest
from anyio import to_thread
from prometheus_client import REGISTRY

from gomod.dirhash import hash_go_mod, hash_zip
from tests.gomod.oracle import GO, go_environment
from tests.goproxy_server import GoProxyServer
from tests.ports import free_port
from tests.proxy.running import OWN, Running, environment, running
from tests.sumdb_server import SumDatabase

PATH = "github.com/Azure/pub"
FILES = "/github.com/!azure/pub/@v/v1.0.0"
LOOKUP = "/lookup/github.com/!azure/pub@v1.0.0"
RECORDS = 700


@pytest.fixture
def database() -> Iterator[SumDatabase]:
    with SumDatabase() as database:
        database.generate(RECORDS)
        yield database


@dataclass
class World:
    """An upstream with one module that is on record, and proxies in front of it."""

    upstream: GoProxyServer
    database: SumDatabase
    volume: Path

    @property
    def base(self) -> str:
        return f"/sumdb/{self.database.name}"

    def record(self, path: str, version: str, folder: Path) -> None:
        """Put on record what upstream has."""
        escaped = path.replace("Azure", "!azure")
        file = folder / "recorded.zip"
        file.write_bytes(self.upstream.body(f"/{escaped}/@v/{version}.zip"))
        go_mod = self.upstream.body(f"/{escaped}/@v/{version}.mod")
        self.database.add(path, version, hash_zip(file), hash_go_mod(go_mod))

    def proxy(self, url: str = "", mode: str = "strict", **changes: str) -> AbstractAsyncContextManager[Running]:
        """A proxy that uses the database, at another URL than its own when told so."""
        sumdbs = f"{self.database.key} {url or self.database.url}"
        return running(environment(self.volume, self.upstream.url, mode, GOMOD_SUMDBS=sumdbs, **changes))

    def lie(self) -> None:
        """Upstream sends another zip and another go.mod of the same version from now on."""
        go_mod = f"module {PATH}\n\ngo 1.22\n".encode()
        self.upstream.add(PATH, "v1.0.0", {"go.mod": go_mod, "x.go": b"package evil\n"}, mod=go_mod)

    @property
    def kept(self) -> bool:
        return (self.volume / PATH / "v1.0.0" / "source.zip").exists()

    @property
    def parts(self) -> list[str]:
        return sorted(path.name for path in (self.volume / ".parts").rglob("*") if path.is_file())


@pytest.fixture
def world(upstream: GoProxyServer, database: SumDatabase, volume: Path, tmp_path: Path) -> World:
    world = World(upstream, database, volume)
    upstream.add(PATH, "v1.0.0")
    world.record(PATH, "v1.0.0", tmp_path)
    return world


@pytest.fixture
async def checked(world: World) -> AsyncIterator[Running]:
    async with world.proxy() as proxy:
        yield proxy


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"{name}_total", labels) or 0.0


# What is kept


async def test_what_is_on_record_is_served_and_kept(world: World, checked: Running) -> None:
    answer = await checked.get(f"{FILES}.zip")
    assert (answer.status_code, answer.content) == (200, world.upstream.body(f"{FILES}.zip"))
    assert world.kept
    assert world.database.asked().count(LOOKUP) == 1


async def test_a_go_mod_alone_is_checked(world: World, checked: Running) -> None:
    assert (await checked.get(f"{FILES}.mod")).status_code == 200
    assert world.parts == ["v1.0.0.mod"]
    assert world.database.asked().count(LOOKUP) == 1


@pytest.mark.parametrize("kind", ["mod", "zip"])
async def test_other_bytes_than_those_on_record_are_refused_and_alarmed(
    world: World, checked: Running, kind: str
) -> None:
    before = counted("gomod_upstream_refused", reason="checksum_mismatch")
    world.lie()
    answer = await checked.get(f"{FILES}.{kind}")
    assert answer.status_code == 502
    assert "checksum mismatch" in answer.text
    assert counted("gomod_upstream_refused", reason="checksum_mismatch") > before
    assert not world.kept
    assert "v1.0.0.mod" not in world.parts


async def test_a_zip_with_the_right_go_mod_and_wrong_code_is_refused(world: World, checked: Running) -> None:
    go_mod = world.upstream.body(f"{FILES}.mod")
    world.upstream.add(PATH, "v1.0.0", {"go.mod": go_mod, "x.go": b"package evil\n"}, mod=go_mod)
    assert (await checked.get(f"{FILES}.mod")).status_code == 200
    answer = await checked.get(f"{FILES}.zip")
    assert answer.status_code == 502
    assert "checksum mismatch: the zip" in answer.text
    assert not world.kept


async def test_a_long_zip_that_is_not_the_one_on_record_is_broken_off(world: World, checked: Running) -> None:
    go_mod = world.upstream.body(f"{FILES}.mod")
    world.upstream.add(PATH, "v1.0.0", {"go.mod": go_mod, "x.go": os.urandom(2 << 20)}, mod=go_mod)
    received = 0
    with pytest.raises(httpx.RemoteProtocolError):  # noqa: PT012  (what was received before it counts as well)
        async with checked.client.stream("GET", f"{FILES}.zip") as answer:
            async for piece in answer.aiter_raw():
                received += len(piece)
    assert received < len(world.upstream.body(f"{FILES}.zip"))
    assert not world.kept


async def test_with_the_database_out_of_reach_clients_are_served_and_nothing_is_kept_until_it_is_back(
    world: World,
) -> None:
    async with world.proxy(url=f"http://127.0.0.1:{free_port()}") as proxy:
        for _ in range(2):
            mod = await proxy.get(f"{FILES}.mod")
            # Nobody else should keep it either, nor is it answered from memory.
            assert (mod.status_code, mod.headers["x-cache"], mod.headers["cache-control"]) == (200, "MISS", "no-store")
        answer = await proxy.get(f"{FILES}.zip")
        assert (answer.status_code, answer.content) == (200, world.upstream.body(f"{FILES}.zip"))
        assert answer.headers["cache-control"] == "no-store"
        assert not world.kept
        assert "v1.0.0.mod" not in world.parts
    async with world.proxy() as proxy:
        assert (await proxy.get(f"{FILES}.zip")).status_code == 200
        assert world.kept


async def test_a_database_that_answers_500_is_out_of_reach(world: World, checked: Running) -> None:
    world.database.answer(LOOKUP, b"oops", 500)
    assert (await checked.get(f"{FILES}.zip")).status_code == 200
    assert not world.kept
    world.database.restore()
    assert (await checked.get(f"{FILES}.zip")).status_code == 200
    assert world.kept


async def test_what_the_database_does_not_know_is_served_and_kept(world: World, checked: Running) -> None:
    world.upstream.add("private.upstream.example/m", "v1.0.0")
    assert (await checked.get("/private.upstream.example/m/@v/v1.0.0.zip")).status_code == 200
    assert (world.volume / "private.upstream.example/m/v1.0.0/source.zip").exists()


async def test_our_own_modules_are_never_looked_up(world: World, checked: Running) -> None:
    world.database.asked()
    for name in (f"/{OWN}/lib/@v/v1.0.0.zip", f"/{OWN}/lib/@v/v1.0.0.mod", f"{world.base}/lookup/{OWN}/lib@v1.0.0"):
        assert (await checked.get(name)).status_code == 404
    assert world.database.asked() == []


async def test_private_modules_of_an_upstream_are_never_looked_up_when_we_are_told_of_them(world: World) -> None:
    private = "git.corp.example/team/m"
    world.upstream.add(private, "v1.0.0")
    async with world.proxy(GOMOD_NOSUMDB="git.corp.example/*") as proxy:
        world.database.asked()
        assert (await proxy.get(f"/{private}/@v/v1.0.0.mod")).status_code == 200
        assert (await proxy.get(f"/{private}/@v/v1.0.0.zip")).status_code == 200
        assert (await proxy.get(f"{world.base}/lookup/{private}@v1.0.0")).status_code == 404
        assert world.database.asked() == []
        assert (await proxy.get(f"{FILES}.zip")).status_code == 200
        assert LOOKUP in world.database.asked()
    assert (world.volume / private / "v1.0.0" / "source.zip").exists()


# Lies of the database


def tampered(world: World) -> None:
    world.database.tamper(LOOKUP, b"h1:", b"h1:A")


def stolen(world: World) -> None:
    world.database.steal_name()


@pytest.mark.parametrize("lie", [tampered, stolen])
async def test_what_the_database_cannot_prove_is_no_reason_to_serve_or_keep(
    world: World, checked: Running, lie: Callable[[World], None]
) -> None:
    before = counted("gomod_checksum_lies", database=world.database.name, kind="disproved")
    lie(world)
    assert (await checked.get(f"{FILES}.zip")).status_code == 502
    assert (await checked.get(world.base + LOOKUP)).status_code == 502
    assert not world.kept
    assert counted("gomod_checksum_lies", database=world.database.name, kind="disproved") > before


@pytest.mark.parametrize("who", ["that saw the other history", "that runs beside it", "that starts after it"])
async def test_a_fork_is_an_alarm_for_every_replica(world: World, checked: Running, who: str) -> None:
    async with AsyncExitStack() as stack:
        beside = await stack.enter_async_context(world.proxy())
        assert (await checked.get(f"{FILES}.zip")).status_code == 200
        world.database.fork(600)
        world.upstream.add("github.com/other/m", "v1.0.0")
        world.record("github.com/other/m", "v1.0.0", world.volume.parent)
        before = counted("gomod_checksum_lies", database=world.database.name, kind="fork")
        if who == "that starts after it":
            replica = await stack.enter_async_context(world.proxy())
        else:
            replica = checked if who == "that saw the other history" else beside
        answer = await replica.get("/github.com/other/m/@v/v1.0.0.zip")
    assert answer.status_code == 502
    assert not (world.volume / "github.com/other").exists()
    assert "two histories" in answer.text
    assert counted("gomod_checksum_lies", database=world.database.name, kind="fork") > before


async def test_a_database_that_went_back_in_time_is_not_followed(world: World, checked: Running) -> None:
    newest = (await checked.get(f"{world.base}/latest")).content
    world.database.serve_old_head(600)
    assert (await checked.get(f"{world.base}/latest")).content == newest


# What clients get of it


async def test_only_a_configured_database_is_supported(world: World, checked: Running, proxy: Running) -> None:
    assert (await checked.get(f"{world.base}/supported")).status_code == 200
    assert (await checked.get("/sumdb/other.example/supported")).status_code == 404
    assert (await proxy.get(f"{world.base}/supported")).status_code == 404


async def test_a_lookup_is_passed_on_and_kept(world: World, checked: Running) -> None:
    truth = world.database.get(LOOKUP)
    world.database.asked()
    answers = [await checked.get(world.base + LOOKUP) for _ in range(2)]
    assert [answer.content for answer in answers] == [truth, truth]
    assert [answer.headers["x-cache"] for answer in answers] == ["MISS", "HIT"]
    assert answers[0].headers["cache-control"] == "public, max-age=31536000, immutable"
    assert world.database.asked().count(LOOKUP) == 1


async def test_what_the_policy_refuses_is_not_looked_up(world: World, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text("- github.com/Azure\ncooldown 9999 github.com/young/*\n")
    world.upstream.add("github.com/young/x", "v1.0.0")
    async with world.proxy(GOMOD_POLICY_FILE=str(policy)) as proxy:
        refused = await proxy.get(world.base + LOOKUP)
        assert (refused.status_code, "line 1: `- github.com/Azure`" in refused.text) == (403, True)
        assert world.upstream.asked() == []
        young = await proxy.get(f"{world.base}/lookup/github.com/young/x@v1.0.0")
        assert (young.status_code, "9999 days" in young.text) == (403, True)
        assert world.database.asked() == []
        policy.write_text("")
        assert (await proxy.get(world.base + LOOKUP)).status_code == 200


async def test_a_tile_is_passed_on_and_kept_for_ever(world: World, checked: Running) -> None:
    await checked.get(f"{world.base}/latest")
    truth = world.database.get("/tile/8/0/001")
    answer = await checked.get(f"{world.base}/tile/8/0/001")
    assert (answer.status_code, answer.content) == (200, truth)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    async with world.proxy(mode="offline") as offline:
        answer = await offline.get(f"{world.base}/tile/8/0/001")
        assert (answer.content, answer.headers["x-cache"]) == (truth, "HIT")


async def test_the_newest_head_is_passed_on_for_a_short_while(world: World, checked: Running) -> None:
    answer = await checked.get(f"{world.base}/latest")
    assert answer.content == world.database.get("/latest")
    assert answer.headers["cache-control"] == "public, max-age=60"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/lookup/github.com/none/m@v1.0.0", 404),
        ("/lookup/github.com/x/y", 400),
        ("/lookup/github.com/Azure/pub@v1.0.0", 400),
        ("/lookup/github.com/x/y@v1.0", 400),
        ("/lookup/github.com/x/y@../../latest", 400),
        ("/tile/8/data/000", 404),
        ("/tile/4/0/000", 404),
        ("/tile/8/0/x001/000", 404),
        ("/elsewhere", 404),
    ],
)
async def test_what_is_no_question_or_has_no_answer(world: World, checked: Running, path: str, status: int) -> None:
    answer = await checked.get(world.base + path)
    assert (answer.status_code, answer.text.count("\n")) == (status, 1)


async def test_many_clients_ask_the_database_once(world: World, checked: Running) -> None:
    world.database.asked()
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(checked.get, world.base + LOOKUP)
    assert world.database.asked().count(LOOKUP) == 1


# The real go


def download(proxy: Running, gosumdb: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    folder.mkdir()
    variables = {
        "GOENV": "off",
        "GOFLAGS": "-modcacherw",
        "GOPATH": str(folder),
        "GOPROXY": proxy.url,
        "GOSUMDB": gosumdb,
    }
    command = [str(GO), "mod", "download", f"{PATH}@v1.0.0"]
    return subprocess.run(
        command, cwd=folder, env=go_environment() | variables, capture_output=True, text=True, check=False
    )


async def test_go_verifies_through_us_also_when_the_database_and_upstream_are_gone(
    world: World, checked: Running, tmp_path: Path
) -> None:
    ended = await to_thread.run_sync(download, checked, world.database.key, tmp_path / "online")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert LOOKUP in world.database.asked()
    async with world.proxy(mode="offline") as offline:
        ended = await to_thread.run_sync(download, offline, world.database.key, tmp_path / "offline")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert world.database.asked() == []


async def test_go_is_told_why_we_refuse(world: World, checked: Running, tmp_path: Path) -> None:
    world.lie()
    ended = await to_thread.run_sync(download, checked, world.database.key, tmp_path / "us")
    assert ended.returncode != 0
    assert "checksum mismatch" in ended.stderr


async def test_go_takes_a_toolchain_from_us(world: World, checked: Running, tmp_path: Path) -> None:
    # go verifies toolchains by the checksum database whatever GONOSUMDB says, and then runs what it was sent.
    path, version = "golang.org/toolchain", f"v0.0.1-go1.99.0.{go_platform()}"
    files = {
        "bin/go": b"#!/bin/sh\necho this is go1.99.0\n",
        "bin/gofmt": b"",
        "pkg/tool/x": b"",
        "lib/x": b"",
        "src/blob": os.urandom(3 << 20),
    }
    world.upstream.add(path, version, files, mod=b"module golang.org/toolchain\n")
    world.record(path, version, tmp_path)
    ended = await to_thread.run_sync(switch_toolchain, checked, world.database.key, tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "this is go1.99.0\n"), ended.stderr
    assert (world.volume / path / version / "source.zip").exists()


def go_platform() -> str:
    printed = subprocess.run([GO, "env", "GOOS", "GOARCH"], capture_output=True, text=True, check=True).stdout
    return "-".join(printed.split())


def switch_toolchain(proxy: Running, gosumdb: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    variables = {
        "GOENV": "off",
        "GOFLAGS": "-modcacherw",
        "GOPATH": str(folder / "toolchains"),
        "GOPROXY": proxy.url,
        "GOSUMDB": gosumdb,
        "GOTOOLCHAIN": "go1.99.0",
    }
    return subprocess.run(
        [str(GO), "version"], cwd=folder, env=go_environment() | variables, capture_output=True, text=True, check=False
    )
