"""`/catalog` and `/index`: what programs that follow the registry read, page by page."""

import asyncio
import json
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from gomod.module import ModuleVersion
from gomod_proxy.feeds import Feeds
from gomod_proxy.reading import Everybody
from gomod_storage import Indexed, Withdrawal
from gomod_storage.open import open_store
from tests.goproxy_server import GoProxyServer, make_info
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, Running, environment, running

PUBLISHED = [f"{OWN}/lib@v1.2.0", f"{OWN}/lib@v1.10.0", f"{OWN}/lib/v2@v2.0.0", f"{OWN}/tool@v0.1.0"]


@pytest.fixture
async def filled(volume: Path) -> Path:
    for name in PUBLISHED:
        await publish(volume, *split(name))
    return volume


def split(name: str) -> tuple[str, str]:
    path, _, version = name.partition("@")
    return path, version


async def withdraw(volume: Path, *names: str) -> None:
    for name in names:
        withdrawal = Withdrawal("wrong", "me", "2026-01-02T03:04:05Z")
        await open_store(volume.as_uri()).withdraw(ModuleVersion(*split(name)), withdrawal)


def named(entries: list[dict[str, str]]) -> list[str]:
    return ["@".join(list(entry.values())[:2]) for entry in entries]


def lines(answer: httpx.Response) -> list[dict[str, str]]:
    answer.raise_for_status()
    return [json.loads(line) for line in answer.text.splitlines()]


async def pages(proxy: Running, size: int) -> list[dict[str, Any]]:
    """All pages of the catalog."""
    read: list[dict[str, Any]] = []
    token: str | None = ""
    while token is not None:
        answer = await proxy.client.get("/catalog", params={"token": token, "pagesize": size})
        read.append(answer.raise_for_status().json())
        token = read[-1].get("next")
    return read


@pytest.mark.usefixtures("filled")
async def test_the_catalog_is_all_that_is_stored(proxy: Running) -> None:
    answer = await proxy.get("/catalog")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "modules": [{"module": path, "version": version} for path, version in map(split, PUBLISHED)]
    }


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.usefixtures("filled")
async def test_pages_of_the_catalog_lose_and_repeat_nothing(proxy: Running, size: int) -> None:
    read = await pages(proxy, size)
    assert [name for page in read for name in named(page["modules"])] == PUBLISHED
    assert all(len(page["modules"]) <= size for page in read)


@pytest.mark.usefixtures("filled")
async def test_the_index_is_json_lines_in_the_order_of_arrival(proxy: Running) -> None:
    answer = await proxy.get("/index")
    assert named(lines(answer)) == PUBLISHED
    assert [list(line) for line in lines(answer)] == [["Path", "Version", "Timestamp"]] * 4


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
async def test_pages_of_the_index_lose_and_repeat_nothing(filled: Path, proxy: Running, limit: int) -> None:
    read: list[dict[str, str]] = []
    since = ""
    while page := lines(await proxy.client.get("/index", params={"since": since, "limit": limit})):
        assert len(page) <= limit
        read += page
        since = page[-1]["Timestamp"]
    assert named(read) == PUBLISHED
    await publish(filled, OWN + "/late", "v1.0.0")
    assert named(lines(await proxy.client.get("/index", params={"since": since}))) == [f"{OWN}/late@v1.0.0"]


async def test_a_follower_misses_and_repeats_nothing_while_versions_arrive(volume: Path, proxy: Running) -> None:
    writers, versions = 3, [f"v1.{minor}.0" for minor in range(8)]
    read: list[str] = []
    pages_before: list[list[str]] = []

    async def write(writer: int) -> None:
        for version in versions:
            await publish(volume, f"{OWN}/of-writer-{writer}", version)

    async with asyncio.TaskGroup() as tasks:
        for writer in range(writers):
            tasks.create_task(write(writer))
        since = ""
        while len(read) < writers * len(versions):
            page = lines(await proxy.client.get("/index", params={"since": since, "limit": 2}))
            read += named(page)
            since = page[-1]["Timestamp"] if page else since
            pages_before.append([name for each in await pages(proxy, 3) for name in named(each["modules"])])
    assert sorted(read) == sorted(
        f"{OWN}/of-writer-{writer}@{version}" for writer in range(writers) for version in versions
    )
    for before, after in pairwise(pages_before):
        assert len(set(after)) == len(after)
        assert set(before) <= set(after)


class Many:
    """A store of so much that reading it an entry at a time would take minutes."""

    def __init__(self) -> None:
        self.modules = [ModuleVersion(f"{OWN}/m{number:06}", "v1.0.0") for number in range(50_000)]
        self.begun = datetime(2026, 1, 1, tzinfo=UTC)
        self.looks = 0

    async def catalog(self, after: ModuleVersion | None, limit: int) -> list[ModuleVersion]:
        self.looks += 1
        first = bisect_right(self.modules, after) if after is not None else 0
        return self.modules[first : first + limit]

    async def index(self, since: datetime | None, limit: int) -> list[Indexed]:
        self.looks += 1
        first = round((since - self.begun).total_seconds()) + 1 if since is not None else 0
        numbers = range(len(self.modules))[first : first + limit]
        return [Indexed(self.modules[number], self.begun + timedelta(seconds=number)) for number in numbers]


def test_what_may_not_be_shown_costs_few_looks_however_much_it_is() -> None:
    store = Many()
    shown = store.modules[::40_000]

    async def allows(module: ModuleVersion) -> bool:
        return module in shown

    feeds = Feeds(store, Everybody(), allows)
    client = TestClient(Starlette(routes=[Route("/catalog", feeds.catalog), Route("/index", feeds.index)]))
    assert client.get(f"/catalog?pagesize=1&token={shown[0]}").json()["modules"][0]["module"] == shown[1].path
    assert client.get(f"/index?limit=1&since={store.begun:%Y-%m-%dT%H:%M:%SZ}").json()["Path"] == shown[1].path
    assert store.looks < 50


@pytest.mark.usefixtures("filled")
async def test_the_future_is_empty_and_the_past_is_all(proxy: Running) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert lines(await proxy.client.get("/index", params={"since": tomorrow.isoformat()})) == []
    assert len(lines(await proxy.get("/index?since=2019-04-10T19:08:52.997264Z"))) == 4


async def test_a_public_module_is_there_once_its_zip_was_asked_for(upstream: GoProxyServer, proxy: Running) -> None:
    upstream.add("github.com/a/b", "v1.0.0")
    await proxy.get("/github.com/a/b/@v/v1.0.0.mod")
    assert (await proxy.get("/catalog")).json() == {"modules": []}
    assert (await proxy.get("/index")).text == ""
    (await proxy.get("/github.com/a/b/@v/v1.0.0.zip")).raise_for_status()
    assert named((await proxy.get("/catalog")).json()["modules"]) == ["github.com/a/b@v1.0.0"]
    assert named(lines(await proxy.get("/index"))) == ["github.com/a/b@v1.0.0"]


async def test_what_is_withdrawn_is_in_neither(filled: Path, proxy: Running) -> None:
    await withdraw(filled, *PUBLISHED[:3])
    assert named((await proxy.get("/catalog")).json()["modules"]) == PUBLISHED[3:]
    assert named(lines(await proxy.get("/index?limit=1"))) == PUBLISHED[3:]


async def test_what_the_policy_refuses_is_in_neither(filled: Path, upstream: GoProxyServer, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text(f"- {OWN}/lib\ncooldown 7\n")
    upstream.add("github.com/young/x", "v1.0.0", info=make_info("v1.0.0", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"))
    async with running(environment(filled, upstream.url)) as before:
        (await before.get("/github.com/young/x/@v/v1.0.0.zip")).raise_for_status()
    async with running(environment(filled, upstream.url, GOMOD_POLICY_FILE=str(policy))) as proxy:
        assert [named(page["modules"]) for page in await pages(proxy, 2)] == [[f"{OWN}/tool@v0.1.0"]]
        assert named(lines(await proxy.get("/index?limit=1"))) == [f"{OWN}/tool@v0.1.0"]


@pytest.mark.parametrize(
    "url",
    [
        *("/catalog?token=nonsense", "/catalog?token=..%2f..@v1.0.0", "/catalog?pagesize=0", "/catalog?pagesize=-1"),
        *("/index?limit=x", "/index?limit=%C2%B2", "/index?since=yesterday"),
    ],
)
async def test_nonsense_is_a_bad_request(proxy: Running, url: str) -> None:
    answer = await proxy.get(url)
    assert answer.status_code == 400
    assert answer.text.count("\n") == 1


async def test_a_module_of_ours_may_be_called_index(proxy: Running) -> None:
    answer = await proxy.get("/index?go-get=1", host=OWN)
    assert f'content="{OWN} mod' in answer.text


async def test_a_volume_that_is_gone_is_503(volume: Path, proxy: Running) -> None:
    volume.rename(volume.parent / "gone")
    volume.mkdir()  # the mount point
    assert (await proxy.get("/catalog")).status_code == 503
    assert (await proxy.get("/index")).status_code == 503
