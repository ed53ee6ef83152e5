"""Our own modules: from the store alone, and their names stay in the house."""

import email.utils
import time
from pathlib import Path

import pytest

from tests.goproxy_server import GoProxyServer, make_info
from tests.proxy.publishing import publish
from tests.proxy.running import Running, environment, running

SDK = "go.corp.example/sdk"
PSEUDO = "v1.1.1-0.20240102030405-0123456789ab"


@pytest.fixture
async def sdk(volume: Path) -> bytes:
    """The zip of v1.1.0; there are a release, a prerelease and a pseudo-version besides."""
    await publish(volume, SDK, "v1.10.0-rc.1")
    await publish(volume, SDK, "v1.9.0", origin={"VCS": "git", "Ref": "refs/tags/v1.9.0", "Hash": "feed" * 10})
    await publish(volume, SDK, PSEUDO, origin={"VCS": "git", "Ref": "refs/heads/main", "Hash": "0123456789abcdef"})
    return await publish(volume, SDK, "v1.1.0")


@pytest.mark.usefixtures("sdk")
async def test_the_list_is_in_semver_order_with_pseudo_versions(proxy: Running) -> None:
    answer = await proxy.get(f"/{SDK}/@v/list")
    assert answer.text == f"v1.1.0\n{PSEUDO}\nv1.9.0\nv1.10.0-rc.1\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-cache"] == "LOCAL"


@pytest.mark.usefixtures("sdk")
@pytest.mark.parametrize("url", ["@latest", "@v/latest.info"])
async def test_latest_is_the_highest_release(proxy: Running, url: str) -> None:
    answer = await proxy.get(f"/{SDK}/{url}")
    assert answer.json()["Version"] == "v1.9.0"
    assert (answer.headers["content-type"], answer.headers["x-cache"]) == ("application/json", "LOCAL")


async def test_files_are_served_as_they_were_published(proxy: Running, sdk: bytes) -> None:
    info, mod, zip_ = [await proxy.get(f"/{SDK}/@v/v1.1.0.{kind}") for kind in ("info", "mod", "zip")]
    assert info.content == make_info("v1.1.0")
    assert mod.content == f"module {SDK}\n".encode()
    assert zip_.content == sdk
    assert [each.headers["x-cache"] for each in (info, mod, zip_)] == ["LOCAL"] * 3
    assert [each.headers["content-type"] for each in (info, mod, zip_)] == [
        "application/json",
        "text/plain; charset=utf-8",
        "application/zip",
    ]


@pytest.mark.usefixtures("sdk")
@pytest.mark.parametrize(
    ("query", "version"),
    [
        ("main", PSEUDO),
        ("0123456789ab", PSEUDO),
        ("0123456", PSEUDO),
        ("0123456789abcdef", PSEUDO),
        ("feedfeed", "v1.9.0"),
        ("v1", "v1.9.0"),
        ("v1.10", "v1.10.0-rc.1"),
        ("v1.9.0+build", "v1.9.0"),
    ],
)
async def test_a_query_means_one_of_the_published_versions(proxy: Running, query: str, version: str) -> None:
    answer = await proxy.get(f"/{SDK}/@v/{query}.info")
    assert answer.json()["Version"] == version
    assert "immutable" not in answer.headers["cache-control"]


@pytest.mark.usefixtures("sdk")
@pytest.mark.parametrize(
    "url",
    [
        f"{SDK}/@v/v1.2.0.info",
        f"{SDK}/@v/v1.2.0.zip",
        f"{SDK}/@v/nosuchbranch.info",
        f"{SDK}/@v/v7.info",
        "go.corp.example/other/@v/list",
        "go.corp.example/other/@latest",
        "go.corp.example/other/@v/v1.0.0.mod",
        "go.corp.example/@v/list",  # the root, which go probes as well
        f"{SDK}/sub/@v/list",
    ],
)
async def test_what_is_not_published_is_absent_and_nobody_else_is_asked(
    upstream: GoProxyServer, proxy: Running, url: str
) -> None:
    upstream.add(SDK, "v1.2.0")  # somebody took our name
    upstream.add("go.corp.example/other", "v1.0.0")
    answer = await proxy.get(f"/{url}")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.count("\n") == 1
    assert url.split("/@")[0] in answer.text
    assert upstream.asked() == []


@pytest.mark.usefixtures("sdk")
@pytest.mark.parametrize("end", ["@latest", "@v/latest.info", "@v/main.info"])
async def test_what_moves_has_no_date_for_it_may_move_to_what_is_older(proxy: Running, end: str) -> None:
    answer = await proxy.get(f"/{SDK}/{end}")
    assert answer.status_code == 200
    assert "last-modified" not in answer.headers
    later = email.utils.formatdate(time.time() + 3600, usegmt=True)
    assert (await proxy.get(f"/{SDK}/{end}", if_modified_since=later)).status_code == 200
    assert (await proxy.get(f"/{SDK}/{end}", if_none_match=answer.headers["etag"])).status_code == 304


@pytest.mark.usefixtures("sdk")
@pytest.mark.parametrize("mode", ["strict", "fallback", "offline"])
async def test_an_outage_of_upstream_is_no_matter_of_ours(volume: Path, mode: str) -> None:
    async with running(environment(volume, "http://127.0.0.1:1", mode)) as proxy:
        assert (await proxy.get(f"/{SDK}/@latest")).json()["Version"] == "v1.9.0"
        assert (await proxy.get(f"/{SDK}/@v/list")).headers["x-cache"] == "LOCAL"
        assert (await proxy.get("/go.corp.example/other/@v/list")).status_code == 404


async def test_what_is_published_meanwhile_is_listed_at_once(volume: Path, proxy: Running) -> None:
    await publish(volume, SDK, "v1.0.0")
    assert (await proxy.get(f"/{SDK}/@v/list")).text == "v1.0.0\n"
    await publish(volume, SDK, "v1.0.1")
    assert (await proxy.get(f"/{SDK}/@v/list")).text == "v1.0.0\nv1.0.1\n"


async def test_a_store_that_can_not_be_read_is_503_not_404(volume: Path, proxy: Running) -> None:
    (volume / ".staging").rename(volume / "gone")  # what an unmounted volume looks like
    answer = await proxy.get(f"/{SDK}/@v/v1.0.0.info")
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
