"""Public modules: the first time from upstream, ever after from the store; row for row what is answered."""

import asyncio
import email.utils
import shutil
from pathlib import Path

import httpx
import pytest

from tests.goproxy_server import Answer, GoProxyServer, make_info
from tests.proxy.publishing import publish
from tests.proxy.running import Running, environment, running

UUID = "github.com/google/uuid"
BASE = f"/{UUID}/@v/v1.6.0"
KINDS = ("info", "mod", "zip")


async def test_every_file_comes_from_upstream_once_and_then_from_the_store(
    upstream: GoProxyServer, proxy: Running
) -> None:
    upstream.add(UUID, "v1.6.0")
    for kind in KINDS:
        first, second = await proxy.get(f"{BASE}.{kind}"), await proxy.get(f"{BASE}.{kind}")
        assert (first.status_code, first.headers["x-cache"]) == (200, "MISS"), first.text
        assert (second.status_code, second.headers["x-cache"]) == (200, "HIT")
        assert first.content == second.content == upstream.body(f"{BASE}.{kind}")
    assert upstream.asked() == [f"{BASE}.info", f"{BASE}.mod", f"{BASE}.zip"]


async def test_a_go_mod_that_is_read_alone_moves_no_zip(upstream: GoProxyServer, proxy: Running, volume: Path) -> None:
    upstream.add(UUID, "v1.6.0")
    await proxy.get(f"{BASE}.mod")
    assert upstream.asked() == [f"{BASE}.mod"]
    upstream.forget()
    await proxy.get(f"{BASE}.zip")
    assert sorted(upstream.asked()) == [f"{BASE}.info", f"{BASE}.zip"]
    assert sorted(file.name for file in (volume / UUID / "v1.6.0").iterdir()) == ["go.mod", "source.zip", "v1.6.0.info"]


async def test_a_zip_is_kept_with_what_was_served_a_moment_ago(
    upstream: GoProxyServer, proxy: Running, volume: Path
) -> None:
    upstream.add(UUID, "v1.6.0")
    served = {kind: await proxy.get(f"{BASE}.{kind}") for kind in ("info", "mod")}
    shutil.rmtree(volume / ".parts" / "github.com")
    await proxy.get(f"{BASE}.zip")
    assert upstream.asked() == [f"{BASE}.info", f"{BASE}.mod", f"{BASE}.zip"]
    for kind, before in served.items():
        now = (volume / UUID / "@v" / f"v1.6.0.{kind}").stat().st_mtime
        assert email.utils.formatdate(now, usegmt=True) == before.headers["last-modified"]


async def test_a_zip_brings_the_whole_version(upstream: GoProxyServer, proxy: Running) -> None:
    upstream.add(UUID, "v1.6.0")
    await proxy.get(f"{BASE}.zip")
    assert sorted(upstream.asked()) == [f"{BASE}.info", f"{BASE}.mod", f"{BASE}.zip"]
    with upstream.down():
        assert [(await proxy.get(f"{BASE}.{kind}")).headers["x-cache"] for kind in KINDS] == ["HIT"] * 3


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("info", "application/json"), ("mod", "text/plain; charset=utf-8"), ("zip", "application/zip")],
)
async def test_headers_of_a_versions_file(
    upstream: GoProxyServer, proxy: Running, kind: str, media_type: str, stored: bool
) -> None:
    upstream.add(UUID, "v1.6.0")
    if stored:
        for each in KINDS:
            await proxy.get(f"{BASE}.{each}")
    answer = await proxy.get(f"{BASE}.{kind}")
    assert answer.headers["x-cache"] == ("HIT" if stored else "MISS")
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-length"] == str(len(upstream.body(f"{BASE}.{kind}")))
    assert answer.headers["x-request-id"]
    head = await proxy.client.head(f"{BASE}.{kind}")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "cache-control"):
        assert head.headers[name] == answer.headers[name]


@pytest.mark.parametrize("kind", KINDS)
async def test_stored_files_answer_conditions_and_ranges(upstream: GoProxyServer, proxy: Running, kind: str) -> None:
    upstream.add(UUID, "v1.6.0")
    for each in KINDS:
        await proxy.get(f"{BASE}.{each}")
    whole = await proxy.get(f"{BASE}.{kind}")
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    for again in (
        await proxy.get(f"{BASE}.{kind}", if_none_match=etag),
        await proxy.get(f"{BASE}.{kind}", if_modified_since=modified),
    ):
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    part = await proxy.get(f"{BASE}.{kind}", range="bytes=2-5")
    assert (part.status_code, part.content) == (206, whole.content[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(whole.content)}"
    past = await proxy.get(f"{BASE}.{kind}", range="bytes=999999-")
    assert (past.status_code, past.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")


async def test_the_list_is_stored_and_upstreams_in_semver_order_without_pseudo_versions(
    upstream: GoProxyServer, proxy: Running, volume: Path
) -> None:
    await publish(volume, UUID, "v1.5.0")  # upstream has forgotten it
    await publish(volume, UUID, "v0.0.0-20240102030405-0123456789ab")
    upstream.answers[f"/{UUID}/@v/list"] = Answer(
        b"v1.10.0 2024-01-02T03:04:05Z\nv1.9.0\r\nv1.9.0\nv1.11.0-rc.1\n"
        b"v2.0.0\nv2.0.0+incompatible\nv1.2\nnonsense\n\nv1.0.1-0.20240102030405-0123456789ab\nv1.5.0"
    )
    answer = await proxy.get(f"/{UUID}/@v/list")
    assert answer.text == "v1.5.0\nv1.9.0\nv1.10.0\nv1.11.0-rc.1\nv2.0.0+incompatible\n"
    assert (answer.headers["content-type"], answer.headers["x-cache"]) == ("text/plain; charset=utf-8", "MISS")
    assert answer.headers["cache-control"] == "public, max-age=60"
    again = await proxy.get(f"/{UUID}/@v/list", if_none_match=answer.headers["etag"])
    assert again.status_code == 304


async def test_a_module_without_tags_has_an_empty_list(upstream: GoProxyServer, proxy: Running) -> None:
    upstream.add(UUID, "v0.0.0-20240102030405-0123456789ab")
    answer = await proxy.get(f"/{UUID}/@v/list")
    assert (answer.status_code, answer.text, answer.headers["content-length"]) == (200, "", "0")


async def test_what_upstream_has_forgotten_is_still_listed(proxy: Running, volume: Path) -> None:
    await publish(volume, UUID, "v1.5.0")
    answer = await proxy.get(f"/{UUID}/@v/list")
    assert (answer.status_code, answer.text, answer.headers["x-cache"]) == (200, "v1.5.0\n", "HIT")


async def test_latest_is_what_upstream_says(upstream: GoProxyServer, proxy: Running) -> None:
    upstream.add(UUID, "v1.5.0")
    upstream.add(UUID, "v1.6.0")
    answer = await proxy.get(f"/{UUID}/@latest")
    assert (answer.json()["Version"], answer.headers["x-cache"]) == ("v1.6.0", "MISS")
    assert answer.headers["cache-control"] == "public, max-age=60"


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["v1.9.0", "v1.10.0", "v1.11.0-rc.1"], "v1.10.0"),
        (["v1.0.0-alpha", "v1.0.0-beta"], "v1.0.0-beta"),
    ],
)
async def test_latest_comes_from_the_list_when_upstream_has_no_word_for_it(
    upstream: GoProxyServer, proxy: Running, versions: list[str], newest: str
) -> None:
    for version in versions:
        upstream.add(UUID, version)
    upstream.answers[f"/{UUID}/@latest"] = Answer(b"not found", status=404)
    assert (await proxy.get(f"/{UUID}/@latest")).json()["Version"] == newest


async def test_latest_may_be_a_stored_pseudo_version(proxy: Running, volume: Path) -> None:
    await publish(volume, UUID, "v1.0.1-0.20230102030405-0123456789ab")
    await publish(volume, UUID, "v0.0.0-20240102030405-0123456789ab")
    assert (await proxy.get(f"/{UUID}/@latest")).json()["Version"] == "v0.0.0-20240102030405-0123456789ab"


async def test_a_query_is_upstreams_to_answer_and_is_not_kept(upstream: GoProxyServer, proxy: Running) -> None:
    url = f"/{UUID}/@v/main.info"
    for version in ("v1.6.0", "v1.6.1"):
        upstream.answers[url] = Answer(make_info(version))
        answer = await proxy.get(url)
        assert (answer.json()["Version"], answer.headers["x-cache"]) == (version, "MISS")
        assert "immutable" not in answer.headers["cache-control"]


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("end", ["@v/list", "@latest", "@v/main.info", *(f"@v/v1.6.0.{kind}" for kind in KINDS)])
async def test_what_upstream_does_not_have_is_404_with_its_reason(
    upstream: GoProxyServer, proxy: Running, end: str, status: int
) -> None:
    for url in (f"/{UUID}/{end}", f"/{UUID}/@v/list"):
        upstream.answers[url] = Answer(b"not found: no such repository\nmore", status=status)
    answer = await proxy.get(f"/{UUID}/{end}")
    assert answer.status_code == 404
    assert answer.text.endswith("no such repository\n")
    assert UUID in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-cache"] == "MISS"


async def test_upper_case_goes_upstream_escaped(upstream: GoProxyServer, proxy: Running) -> None:
    upstream.add("github.com/Azure/x", "v1.0.0-RC1")
    url = "/github.com/!azure/x/@v/v1.0.0-!r!c1.zip"
    for asked in (url, url.replace("!", "%21")):
        assert (await proxy.get(asked)).content == upstream.body(url)
    assert url in upstream.asked()


async def test_incompatible_versions_keep_their_plus(upstream: GoProxyServer, proxy: Running) -> None:
    upstream.add(UUID, "v2.0.0+incompatible", {"x.go": b"package uuid\n"}, mod=f"module {UUID}\n".encode())
    for url in (f"/{UUID}/@v/v2.0.0+incompatible.zip", f"/{UUID}/@v/v2.0.0%2Bincompatible.zip"):
        answer = await proxy.get(url)
        assert answer.status_code == 200, answer.text
    assert answer.headers["x-cache"] == "HIT"


async def test_a_path_that_would_block_another_module_is_served_without_being_kept(
    upstream: GoProxyServer, proxy: Running, volume: Path
) -> None:
    upstream.add("a.example/c/v1.0.0/d", "v1.0.0")
    for _ in range(2):
        answer = await proxy.get("/a.example/c/v1.0.0/d/@v/v1.0.0.zip")
        assert answer.content == upstream.body("/a.example/c/v1.0.0/d/@v/v1.0.0.zip")
        assert answer.headers["x-cache"] == "MISS"
    assert not (volume / "a.example").exists()


async def test_the_next_upstream_is_asked_after_404_only(upstream: GoProxyServer, volume: Path) -> None:
    with GoProxyServer() as first:
        upstream.add(UUID, "v1.6.0")
        async with running(environment(volume, f"{first.url},{upstream.url}")) as proxy:
            assert (await proxy.get(f"{BASE}.zip")).status_code == 200
            for url in (f"{BASE}.info", f"{BASE}.mod", f"{BASE}.zip"):
                assert first.asked(url) == upstream.asked(url) == [url]
            first.answers[f"/{UUID}/@v/list"] = Answer(b"no", status=403)
            answer = await proxy.get(f"/{UUID}/@v/list")
            assert (answer.status_code, upstream.asked(f"/{UUID}/@v/list")) == (502, [])


async def test_many_at_once_ask_upstream_once(upstream: GoProxyServer, proxy: Running) -> None:
    upstream.add(UUID, "v1.6.0")
    urls = [f"/{UUID}/@v/list", f"/{UUID}/@latest", f"{BASE}.info", f"{BASE}.mod"]
    gates = [upstream.hold(url) for url in urls]
    asking = [asyncio.create_task(proxy.get(url)) for url in urls for _ in range(5)]
    while len(upstream.asked()) < len(urls):
        await asyncio.sleep(0.005)
    for gate in gates:
        gate.set()
    answers: list[httpx.Response] = await asyncio.gather(*asking)
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(upstream.asked()) == sorted(urls)


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("gopkg.in/yaml.v3", "v3.0.1"),
        ("gopkg.in/check.v1", "v0.0.0-20240102030405-0123456789ab"),
        ("gopkg.in/x.v2-unstable", "v2.1.0"),
        ("github.com/x/y/v5", "v5.1.0-beta.2"),
        ("golang.org/toolchain", "v0.0.1-go1.24.1.linux-amd64"),
    ],
)
async def test_paths_and_versions_of_every_form(
    upstream: GoProxyServer, proxy: Running, path: str, version: str
) -> None:
    upstream.add(path, version)
    for kind in KINDS:
        answer = await proxy.get(f"/{path}/@v/{version}.{kind}")
        assert answer.status_code == 200, answer.text
        assert answer.content == upstream.body(f"/{path}/@v/{version}.{kind}")


async def test_what_is_only_asked_from_the_cache_is_not_fetched(
    upstream: GoProxyServer, proxy: Running, volume: Path
) -> None:
    upstream.add(UUID, "v1.6.0")
    ends = ("@v/list", "@latest", "@v/main.info", *(f"@v/v1.6.0.{kind}" for kind in KINDS))
    for end in ends:
        answer = await proxy.get(f"/{UUID}/{end}", disable_module_fetch="true")
        assert answer.status_code == 404
        assert "temporarily unavailable" in answer.text
    assert upstream.asked() == []
    await proxy.get(f"{BASE}.mod")
    upstream.forget()
    assert (await proxy.get(f"{BASE}.mod", disable_module_fetch="true")).headers["x-cache"] == "HIT"
    await publish(volume, UUID, "v1.5.0")
    for end in ("@v/list", "@latest", "@v/v1.5.0.zip"):
        answer = await proxy.get(f"/{UUID}/{end}", disable_module_fetch="true")
        assert (answer.status_code, answer.headers["x-cache"]) == (200, "HIT")
    assert upstream.asked() == []


async def test_texts_are_compressed_for_those_who_ask(upstream: GoProxyServer, proxy: Running) -> None:
    versions = [f"v1.{minor}.0" for minor in range(500)]
    upstream.answers[f"/{UUID}/@v/list"] = Answer("".join(f"{version}\n" for version in versions).encode())
    plain = await proxy.get(f"/{UUID}/@v/list", accept_encoding="gzip;q=0, identity")
    packed = await proxy.get(f"/{UUID}/@v/list", accept_encoding="br, gzip")
    assert plain.text.split() == packed.text.split() == versions
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.headers["etag"] != plain.headers["etag"]
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    again = await proxy.get(f"/{UUID}/@v/list", accept_encoding="gzip", if_none_match=packed.headers["etag"])
    assert again.status_code == 304
    part = await proxy.get(f"/{UUID}/@v/list", accept_encoding="gzip", range="bytes=0-5")
    assert (part.status_code, part.text) == (206, "v1.0.0")
