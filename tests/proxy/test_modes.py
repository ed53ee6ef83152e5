"""Upstream in trouble, in each network mode: nobody is sent away, and nothing regresses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.goproxy_server import Answer, GoProxyServer
from tests.proxy.publishing import publish
from tests.proxy.running import Running, environment, running

KNOWN = "github.com/google/uuid"
UNKNOWN = "github.com/nobody/knows"
PSEUDO = "v1.6.1-0.20240102030405-0123456789ab"
ENDS = ("@v/list", "@latest", "@v/main.info", "@v/v1.99.0.info", "@v/v1.99.0.mod", "@v/v1.99.0.zip")


@pytest.fixture
async def known(volume: Path) -> None:
    """A public module of which some versions are stored."""
    await publish(volume, KNOWN, "v1.5.0")
    await publish(volume, KNOWN, "v1.10.0")
    await publish(volume, KNOWN, PSEUDO, origin={"Ref": "refs/heads/main"})


@asynccontextmanager
async def in_trouble(volume: Path, mode: str, trouble: str = "down") -> AsyncIterator[Running]:
    """A proxy whose upstream is down, silent or in error."""
    with GoProxyServer() as upstream:
        for path in (KNOWN, UNKNOWN):
            for end in ENDS:
                upstream.answers[f"/{path}/{end}"] = Answer(b"we are sorry", status=500)
                if trouble == "silent":
                    upstream.hold(f"/{path}/{end}")
        if trouble == "down":
            upstream.stop()
        patience = "0.2" if trouble == "silent" else "20"
        async with running(environment(volume, upstream.url, mode, GOMOD_UPSTREAM_READ_SECONDS=patience)) as proxy:
            yield proxy
        if mode == "offline":
            assert upstream.asked() == []


TROUBLES = [("down", 502), ("in error", 502), ("silent", 504)]


@pytest.mark.parametrize(("trouble", "status"), TROUBLES)
@pytest.mark.parametrize("mode", ["strict", "fallback"])
async def test_what_is_not_known_is_neither_absent_nor_empty(
    volume: Path, mode: str, trouble: str, status: int
) -> None:
    async with in_trouble(volume, mode, trouble) as proxy:
        for end in ENDS:
            answer = await proxy.get(f"/{UNKNOWN}/{end}")
            assert answer.status_code == status, end
            assert UNKNOWN in answer.text
            assert answer.text.count("\n") == 1
            assert answer.headers["cache-control"] == "no-store"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("trouble", "status"), TROUBLES)
async def test_strict_says_that_upstream_is_in_trouble(volume: Path, trouble: str, status: int) -> None:
    async with in_trouble(volume, "strict", trouble) as proxy:
        for end in ("@v/list", "@latest", "@v/main.info"):
            assert (await proxy.get(f"/{KNOWN}/{end}")).status_code == status


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("trouble", [trouble for trouble, _ in TROUBLES])
async def test_fallback_answers_from_the_store_and_says_so(volume: Path, trouble: str) -> None:
    async with in_trouble(volume, "fallback", trouble) as proxy:
        listed = await proxy.get(f"/{KNOWN}/@v/list")
        latest = await proxy.get(f"/{KNOWN}/@latest")
        branch = await proxy.get(f"/{KNOWN}/@v/main.info")
    assert (listed.status_code, listed.text) == (200, "v1.5.0\nv1.10.0\n")
    assert latest.json()["Version"] == "v1.10.0"
    assert branch.json()["Version"] == PSEUDO
    for answer in (listed, latest, branch):
        assert (answer.headers["x-cache"], answer.headers["cache-control"]) == ("STALE", "no-store")


@pytest.mark.usefixtures("known")
async def test_offline_serves_what_is_stored_and_asks_nobody(volume: Path) -> None:
    async with in_trouble(volume, "offline", "in error") as proxy:
        assert (await proxy.get(f"/{KNOWN}/@v/list")).text == "v1.5.0\nv1.10.0\n"
        assert (await proxy.get(f"/{KNOWN}/@latest")).json()["Version"] == "v1.10.0"
        for kind in ("info", "mod", "zip"):
            assert (await proxy.get(f"/{KNOWN}/@v/v1.5.0.{kind}")).headers["x-cache"] == "HIT"
        for path in (KNOWN, UNKNOWN):
            answer = await proxy.get(f"/{path}/@v/v1.99.0.zip")
            assert answer.status_code == 502
            assert "GOMOD_NETWORK_MODE=offline" in answer.text
        for end in ENDS:
            assert (await proxy.get(f"/{UNKNOWN}/{end}")).status_code == 502


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("mode", ["strict", "fallback", "offline"])
async def test_stored_files_are_served_whatever_happens(volume: Path, mode: str) -> None:
    async with in_trouble(volume, mode) as proxy:
        for kind in ("info", "mod", "zip"):
            answer = await proxy.get(f"/{KNOWN}/@v/v1.5.0.{kind}")
            assert (answer.status_code, answer.headers["x-cache"]) == (200, "HIT")


async def test_a_module_of_pseudo_versions_stays_known_in_fallback(volume: Path) -> None:
    await publish(volume, KNOWN, PSEUDO)
    async with in_trouble(volume, "fallback") as proxy:
        assert (await proxy.get(f"/{KNOWN}/@v/list")).text == ""
        assert (await proxy.get(f"/{KNOWN}/@latest")).json()["Version"] == PSEUDO


async def test_what_was_seen_before_an_outage_does_not_regress(upstream: GoProxyServer, volume: Path) -> None:
    for version in ("v1.5.0", "v1.6.0"):
        upstream.add(KNOWN, version)
    async with running(environment(volume, upstream.url, "fallback")) as proxy:
        for version in ("v1.5.0", "v1.6.0"):
            await proxy.get(f"/{KNOWN}/@v/{version}.zip")
        before = (await proxy.get(f"/{KNOWN}/@v/list")).text
        with upstream.down():
            assert (await proxy.get(f"/{KNOWN}/@v/list")).text == before == "v1.5.0\nv1.6.0\n"
            assert (await proxy.get(f"/{KNOWN}/@latest")).json()["Version"] == "v1.6.0"
        assert (await proxy.get(f"/{KNOWN}/@v/list")).headers["x-cache"] == "MISS"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("mode", ["strict", "fallback"])
async def test_off_means_that_there_is_nobody_else_to_have_it(volume: Path, mode: str) -> None:
    async with running(environment(volume, "off", mode)) as proxy:
        for end in ENDS:
            answer = await proxy.get(f"/{UNKNOWN}/{end}")
            assert answer.status_code == 404
            assert "GOMOD_UPSTREAMS" in answer.text
        assert (await proxy.get(f"/{KNOWN}/@v/list")).text == "v1.5.0\nv1.10.0\n"
        assert (await proxy.get(f"/{KNOWN}/@latest")).json()["Version"] == "v1.10.0"
        assert (await proxy.get(f"/{KNOWN}/@v/main.info")).json()["Version"] == PSEUDO
