"""Every row of the answers table, asked of two replicas on one volume: what one has learned, the other answers alike.

One of them runs on hypercorn and one on uvicorn, so servers make no difference either.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import httpx
import pytest

from gomod.dirhash import hash_go_mod, hash_zip
from tests.goproxy_server import GoProxyServer
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, environment
from tests.proxy.test_process import started as on_its_server  # conftest.py would run all twice for `started`
from tests.sumdb_server import SumDatabase

SERVERS = ("hypercorn", "uvicorn")
SDK, PSEUDO = f"{OWN}/sdk", "v1.2.1-0.20240102030405-0123456789ab"
PUBLIC = ("github.com/some/first", "github.com/some/second")  # asked of one replica first, and of the other
REFUSED, RULE = "github.com/refused/lib", "- github.com/refused\n"
OF_THE_MOMENT = {"date", "x-request-id", "x-cache"}


@dataclass(frozen=True)
class World:
    """Two replicas, and what they read."""

    replicas: tuple[httpx.Client, httpx.Client]
    upstream: GoProxyServer
    database: SumDatabase
    volume: Path
    policy: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    volume = tmp_path_factory.mktemp("volume")
    for version in ("v1.1.0", "v1.2.0", PSEUDO):
        anyio.run(publish, volume, SDK, version, "2024-01-02T03:04:05Z", {"Ref": "refs/heads/main", "Hash": "a" * 40})
    with ExitStack() as stack:
        database = stack.enter_context(SumDatabase())
        upstream = stack.enter_context(GoProxyServer())
        zip_file = volume.parent / "recorded.zip"
        for path in PUBLIC:
            for version in ("v1.0.0", "v1.1.0"):
                upstream.add(path, version)
                zip_file.write_bytes(upstream.body(f"/{path}/@v/{version}.zip"))
                go_mod = upstream.body(f"/{path}/@v/{version}.mod")
                database.add(path, version, hash_zip(zip_file), hash_go_mod(go_mod))
            upstream.answers[f"/{path}/@v/main.info"] = upstream.offers[f"/{path}/@v/v1.1.0.info"]
        policy = volume.parent / "policy"
        policy.write_text(RULE)
        settings = {"GOMOD_SUMDBS": f"{database.key} {database.url}", "GOMOD_POLICY_FILE": str(policy)}
        clients = []
        for server in SERVERS:
            environ = environment(volume, upstream.url, "fallback", GOMOD_SERVER=server, **settings)
            _, url = stack.enter_context(on_its_server(environ))
            clients.append(stack.enter_context(httpx.Client(base_url=url, timeout=30, trust_env=False)))
        yield World((clients[0], clients[1]), upstream, database, volume, policy)


@dataclass(frozen=True)
class Row:
    """A request, and what of its answer is not one of the file's own bytes."""

    url: str  # {public} is a public module, {sumdb} the checksum database
    status: int = 200
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)  # headers of the answer

    def __str__(self) -> str:
        return f"{self.method} {self.url} {' '.join(self.headers)}".strip()


MOVING = ("@v/list", "@latest")
FILES = tuple(f"@v/v1.0.0.{kind}" for kind in ("info", "mod", "zip"))
KNOWN = {"if-none-match": "*"}
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable", "accept-ranges": "bytes"}
SHORTLY = {"cache-control": "public, max-age=60"}
JSON, TEXT, ZIP = (
    {"content-type": each} for each in ("application/json", "text/plain; charset=utf-8", "application/zip")
)

ROWS = [
    *(Row(f"/{path}/@v/list", wanted=SHORTLY | TEXT) for path in (SDK, "{public}")),
    *(Row(f"/{path}/{end}", method="HEAD") for path in (SDK, "{public}") for end in MOVING),
    *(Row(f"/{path}/{end}", 304, headers=KNOWN) for path in (SDK, "{public}") for end in MOVING),
    *(
        Row(f"/{path}/@v/v1.1.0.{kind}", wanted=FOR_EVER | content_type)
        for path in (SDK, "{public}")
        for kind, content_type in (("info", JSON), ("mod", TEXT), ("zip", ZIP))
    ),
    *(
        Row(f"/{path}/@v/v1.1.0.{kind}", 206, headers={"range": "bytes=3-7"}, wanted={"content-length": "5"})
        for path in (SDK, "{public}")
        for kind in ("info", "mod", "zip")
    ),
    *(Row(f"/{path}/@v/v1.1.0.{kind}", method="HEAD") for path in (SDK, "{public}") for kind in ("info", "mod", "zip")),
    *(Row(f"/{path}/@v/v1.1.0.zip", 304, headers=KNOWN) for path in (SDK, "{public}")),
    Row(f"/{SDK}/@latest", wanted=SHORTLY | JSON),
    Row("/{public}/@latest", wanted=SHORTLY | JSON),
    *(Row(f"/{SDK}/@v/{query}.info", wanted=SHORTLY | JSON) for query in ("main", "a" * 12, "v1", "0123456789ab")),
    Row("/{public}/@v/main.info", wanted=SHORTLY | JSON),
    *(Row(f"/{path}/@v/v1.9.9.{kind}", 404) for path in (SDK, "{public}") for kind in ("info", "mod", "zip")),
    Row("/{public}/@v/nothing.info", 404),
    Row(f"/{OWN}/nothing/@v/list", 404),
    Row("/github.com/Some/thing/@v/list", 400),
    *(
        Row(f"/{REFUSED}/{end}", 403)
        for end in (*MOVING, "@v/main.info", "@v/v1.0.0.info", "@v/v1.0.0.mod", "@v/v1.0.0.zip")
    ),
    Row(f"/sumdb/{{sumdb}}/lookup/{REFUSED}@v1.0.0", 403),
    Row("/{public}/@v/v1.0.0.zip", 404, headers={"disable-module-fetch": "true"}),
    Row("/sumdb/{sumdb}/supported"),
    Row("/sumdb/{sumdb}/latest", wanted=SHORTLY),
    Row("/sumdb/{sumdb}/lookup/{public}@v1.1.0", wanted=FOR_EVER | TEXT),
    Row("/sumdb/{sumdb}/tile/8/0/000.p/4", wanted=FOR_EVER),
    Row(f"/sumdb/{{sumdb}}/lookup/{SDK}@v1.1.0", 404),
    Row("/sumdb/elsewhere.example/supported", 404),
    Row("/sdk?go-get=1", headers={"host": OWN}, wanted={"content-type": "text/html; charset=utf-8"}),
    *(Row(url) for url in ("/", "/healthz", "/version", "/catalog", "/index")),
    Row("/catalog?pagesize=2"),
    Row("/index?limit=2"),
    *(
        Row(f"/{SDK}/@v/list", 405, method=method, wanted={"allow": "GET, HEAD"})
        for method in ("POST", "PUT", "DELETE")
    ),
    Row("/upload", 405, method="POST"),
]


@pytest.mark.parametrize("first", [0, 1], ids=SERVERS)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_both_give_the_same_answer(world: World, row: Row, first: int) -> None:
    url = row.url.replace("{public}", PUBLIC[first]).replace("{sumdb}", world.database.name)
    asked = [world.replicas[index] for index in (first, 1 - first, first)]
    learned, other, again = [replica.request(row.method, url, headers=row.headers) for replica in asked]
    for answer in (other, again):
        assert answer.status_code == row.status
        assert {name: in_order(answer.headers[name]) for name in row.wanted} == row.wanted
        assert answer.headers["x-request-id"]
    assert other.content == again.content == learned.content
    assert lasting(other) == lasting(again)
    assert (other.headers["x-cache"], learned.status_code) == (again.headers["x-cache"], row.status)
    truth = world.upstream.offers.get(url)
    if row.status == 200 and row.method == "GET" and truth is not None:
        assert other.content == truth.body


def lasting(answer: httpx.Response) -> dict[str, str]:
    """The headers that are the same whenever it is asked for."""
    return {name: in_order(value) for name, value in answer.headers.items() if name not in OF_THE_MOMENT}


def in_order(value: str) -> str:
    """Allow is a set: every process has an order of its own."""
    return ", ".join(sorted(value.split(", "))) if value in ("GET, HEAD", "HEAD, GET") else value


def test_readiness_is_each_ones_own(world: World) -> None:
    for replica in world.replicas:
        assert replica.get("/readyz").status_code == 200


@pytest.mark.parametrize("first", [0, 1], ids=SERVERS)
def test_what_one_has_fetched_is_a_hit_at_the_other(world: World, first: int) -> None:
    path = f"github.com/fetched/once-{first}"
    world.upstream.add(path, "v1.0.0")
    for kind in ("info", "mod", "zip"):
        url = f"/{path}/@v/v1.0.0.{kind}"
        caches = [world.replicas[index].get(url).headers["x-cache"] for index in (first, 1 - first)]
        assert (caches, world.upstream.asked(url)) == (["MISS", "HIT"], [url])


def test_what_is_published_meanwhile_both_have_at_once(world: World) -> None:
    before = [replica.get(f"/{OWN}/late/@latest").status_code for replica in world.replicas]
    anyio.run(publish, world.volume, f"{OWN}/late", "v1.0.0")
    for replica in world.replicas:
        assert replica.get(f"/{OWN}/late/@v/list").text == "v1.0.0\n"
        assert replica.get(f"/{OWN}/late/@latest").json()["Version"] == "v1.0.0"
        assert f"{OWN}/late" in replica.get("/catalog").text
        assert f"{OWN}/late" in replica.get("/index").text
    assert before == [404, 404]


def test_in_an_outage_both_answer_from_what_either_has_stored(world: World) -> None:
    path = "github.com/known/lib"
    for version, replica in zip(("v1.0.0", "v1.1.0"), world.replicas, strict=True):
        world.upstream.add(path, version)
        replica.get(f"/{path}/@v/{version}.zip").raise_for_status()
    with world.upstream.down():
        for replica in world.replicas:
            listed, latest = replica.get(f"/{path}/@v/list"), replica.get(f"/{path}/@latest")
            assert (listed.text, latest.json()["Version"]) == ("v1.0.0\nv1.1.0\n", "v1.1.0")
            assert [answer.headers["x-cache"] for answer in (listed, latest)] == ["STALE", "STALE"]
            assert replica.get("/github.com/un/known/@v/list").status_code == 502


def test_a_policy_that_changes_holds_for_both_and_a_broken_one_for_neither(world: World) -> None:
    path = "github.com/judged/lib"
    world.upstream.add(path, "v1.0.0")
    seen = []
    for text in (RULE, f"{RULE}- {path}\n", "what is this\n", RULE):
        new = world.policy.with_name("new")
        new.write_text(text)
        new.replace(world.policy)
        seen.append([replica.get(f"/{path}/@v/v1.0.0.zip").status_code for replica in world.replicas])
    assert seen == [[200, 200], [403, 403], [403, 403], [200, 200]]
