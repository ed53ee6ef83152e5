"""Answers from memory as clients see them: the same as those from the store, under the same rules."""

import json
import os
import shutil
from pathlib import Path

import httpx
import pytest

from gomod_service.serve import ServerName
from tests.goproxy_server import GoProxyServer
from tests.ports import free_port
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, Running, environment, running
from tests.proxy.test_process import started
from tests.waiting import wait_for

PATH = "github.com/some/lib"
GZIP = {"accept_encoding": "gzip"}  # as go asks; what lists more encodings takes the long way
FILES = [f"/{PATH}/@v/v1.0.0.{kind}" for kind in ("info", "mod", "zip")]


@pytest.fixture
async def kept(proxy: Running, upstream: GoProxyServer) -> Running:
    """A proxy that has the version, and has answered each of its files from the store once."""
    upstream.add(PATH, "v1.0.0")
    for file in (*FILES, *FILES):
        assert (await proxy.get(file, **GZIP)).status_code == 200
    return proxy


def but_its_own(answer: httpx.Response) -> dict[str, str]:
    """The headers that two answers to the same question have in common."""
    return {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}


@pytest.mark.parametrize("file", FILES)
async def test_what_was_answered_once_is_answered_without_the_store(kept: Running, volume: Path, file: str) -> None:
    from_store = await kept.get(file, **GZIP, disable_module_fetch="true")  # is never answered from memory
    shutil.rmtree(volume / PATH)
    from_memory = await kept.get(file, **GZIP)
    assert from_memory.content == from_store.content
    assert but_its_own(from_memory) == but_its_own(from_store)
    assert from_memory.headers["x-cache"] == "HIT"
    assert from_memory.headers["x-request-id"] != from_store.headers["x-request-id"]


async def test_of_a_large_zip_the_open_file_is_remembered_where_the_kernel_can_send_it(
    proxy: Running, upstream: GoProxyServer, volume: Path, server: ServerName
) -> None:
    mod = f"module {PATH}\n".encode()
    upstream.add(PATH, "v1.0.0", {"go.mod": mod, "data": os.urandom(5 << 20)}, mod=mod)
    sent = [(await proxy.get(FILES[2], **GZIP)).content for _ in range(2)]
    part = await proxy.get(FILES[2], **GZIP, range="bytes=4194300-4194310")
    assert (part.status_code, part.content) == (206, sent[0][4194300:4194311])
    shutil.rmtree(volume / PATH)
    shutil.rmtree(volume / ".sums")
    upstream.forget()
    again = await proxy.get(FILES[2], **GZIP)
    assert again.content == sent[0] == sent[1]
    assert again.headers["x-cache"] == ("HIT" if server == "uvicorn" else "MISS")
    assert (FILES[2] in upstream.asked()) == (server != "uvicorn")


async def test_a_zip_that_arrived_a_moment_ago_is_given_again_from_its_file_where_the_kernel_can_send_it(
    proxy: Running, upstream: GoProxyServer, volume: Path, server: ServerName
) -> None:
    mod = f"module {PATH}\n".encode()
    upstream.add(PATH, "v1.0.0", {"go.mod": mod, "data": os.urandom(5 << 20)}, mod=mod)
    first = await proxy.get(FILES[2], **GZIP)
    stored = await proxy.get(FILES[2], **GZIP, disable_module_fetch="true")  # is never answered from memory
    shutil.rmtree(volume / PATH)
    shutil.rmtree(volume / ".sums")
    again = await proxy.get(FILES[2], **GZIP)
    assert again.content == first.content == stored.content
    if server == "uvicorn":
        assert but_its_own(again) == but_its_own(stored)
        assert (first.headers["x-cache"], again.headers["x-cache"]) == ("MISS", "HIT")
    else:
        assert again.headers["x-cache"] == "MISS"


async def test_a_zip_that_broke_off_is_not_given_again(proxy: Running, upstream: GoProxyServer) -> None:
    mod = f"module {PATH}\n".encode()
    upstream.add(PATH, "v1.0.0", {"go.mod": mod, "data": os.urandom(5 << 20)}, mod=b"module another.example/x\n")
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            await proxy.get(FILES[2], **GZIP)
    assert upstream.asked().count(FILES[2]) == 2


async def test_what_was_kept_a_moment_ago_is_remembered_as_kept(
    proxy: Running, upstream: GoProxyServer, volume: Path
) -> None:
    upstream.add(PATH, "v1.0.0")
    first = await proxy.get(FILES[1], **GZIP)
    shutil.rmtree(volume / ".parts")
    again = await proxy.get(FILES[1], **GZIP)
    assert again.content == first.content
    assert (first.headers["x-cache"], again.headers["x-cache"]) == ("MISS", "HIT")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"range": "bytes=0-3"}, 206),
        ({"if_none_match": "*"}, 304),
        ({"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
        ({"accept_encoding": "br, gzip;q=0.5"}, 200),
    ],
)
async def test_a_request_for_something_else_is_not_answered_from_memory(
    kept: Running, headers: dict[str, str], status: int
) -> None:
    answer = await kept.get(FILES[1], **(GZIP | headers))
    assert answer.status_code == status
    assert (await kept.client.head(FILES[1])).content == b""


async def test_a_request_id_that_comes_in_goes_out(kept: Running) -> None:
    assert (await kept.get(FILES[0], **GZIP, x_request_id="5f2c-77")).headers["x-request-id"] == "5f2c-77"
    assert (await kept.get(FILES[0], **GZIP, x_request_id="x y")).headers["x-request-id"] != "x y"


async def test_a_client_that_takes_gzip_and_one_that_does_not_get_what_they_take(
    proxy: Running, upstream: GoProxyServer
) -> None:
    mod = f"module {PATH}\n\n// {'long ' * 1000}\n".encode()
    upstream.add(PATH, "v1.0.0", {"go.mod": mod}, mod=mod)
    for _ in range(3):
        packed = await proxy.get(FILES[1], accept_encoding="gzip")
        plain = await proxy.get(FILES[1], accept_encoding="identity")
        unasked = await proxy.client.send(httpx.Request("GET", f"{proxy.url}{FILES[1]}"))  # without that header
        assert (packed.headers.get("content-encoding"), plain.headers.get("content-encoding")) == ("gzip", None)
        assert unasked.headers.get("content-encoding") is None
        assert packed.content == plain.content == unasked.content == mod


async def test_a_policy_that_changes_holds_at_once(upstream: GoProxyServer, volume: Path, tmp_path: Path) -> None:
    upstream.add(PATH, "v1.0.0")
    policy = tmp_path / "policy"
    policy.write_text("D\n")
    async with running(environment(volume, upstream.url, GOMOD_POLICY_FILE=str(policy))) as proxy:
        statuses = [(await proxy.get(FILES[0], **GZIP)).status_code for _ in range(3)]
        policy.write_text(f"D\n- {PATH}\n")
        statuses += [(await proxy.get(FILES[0], **GZIP)).status_code for _ in range(2)]
        policy.write_text("D\n#\n")
        statuses += [(await proxy.get(FILES[0], **GZIP)).status_code for _ in range(2)]
    assert statuses == [200, 200, 200, 403, 403, 200, 200]


async def test_our_own_list_has_what_was_published_a_moment_ago(upstream: GoProxyServer, volume: Path) -> None:
    async with running(environment(volume, upstream.url, GOMOD_LIST_TTL="60")) as proxy:
        for number in range(4):
            await publish(volume, f"{OWN}/sdk", f"v1.{number}.0")
            assert (await proxy.get(f"/{OWN}/sdk/@v/list", **GZIP)).text.endswith(f"v1.{number}.0\n")
            assert (await proxy.get(f"/{OWN}/sdk/@latest", **GZIP)).json()["Version"] == f"v1.{number}.0"


async def test_both_kinds_of_answers_are_counted_and_logged_alike(upstream: GoProxyServer, volume: Path) -> None:
    upstream.add(PATH, "v1.0.0")
    admin = f"127.0.0.1:{free_port()}"
    changes = {"GOMOD_LOG_LEVEL": "info", "GOMOD_LOG_FORMAT": "json", "GOMOD_ADMIN_BIND": admin}
    log = volume.parent / "log"
    with log.open("wb") as target, started(environment(volume, upstream.url, **changes), target) as (_, url):
        for number in range(4):
            headers = {"Accept-Encoding": "gzip", "X-Request-ID": f"number-{number}"}
            if number == 1:
                headers["Disable-Module-Fetch"] = "true"  # is never answered from memory
            httpx.get(f"{url}{FILES[0]}", headers=headers, timeout=60)
        metrics = httpx.get(f"http://{admin}", timeout=60).text

        def lines() -> list[dict[str, object]]:
            return [line for line in map(json.loads, log.read_text().splitlines()) if line.get("path") == FILES[0]]

        wait_for(lambda: len(lines()) == 4, "the log")
    labels = 'cache="HIT",endpoint="info",method="GET",status="200"'
    assert f"gomod_requests_total{{{labels}}} 3.0" in metrics
    from_store, from_memory = lines()[1], lines()[3]
    assert from_memory["request_id"] == "number-3"
    assert log.read_text().splitlines()[-1].count("request_id") == 1
    assert {name: type(value) for name, value in from_memory.items()} == {
        name: type(value) for name, value in from_store.items()
    }
    of_each = {"request_id", "ms", "timestamp"}
    assert {name: from_memory[name] for name in from_memory.keys() - of_each} == {
        name: from_store[name] for name in from_store.keys() - of_each
    }
    assert len(str(from_memory["timestamp"])) == len(str(from_store["timestamp"]))
