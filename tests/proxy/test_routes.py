"""What is no plain question for a module: methods, odd URLs, go-get, the page, health."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from tests.goproxy_server import GoProxyServer
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, Running, environment, running


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/upload", "/github.com/google/uuid/@v/list", "/healthz"])
async def test_nothing_but_get_and_head(proxy: Running, method: str, path: str) -> None:
    answer = await proxy.client.request(method, path, content=b"x")
    assert answer.status_code == 405
    assert sorted(answer.headers["allow"].split(", ")) == ["GET", "HEAD"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/favicon.ico", 404),
        ("/upload", 404),
        ("/metrics", 404),
        ("/sumdb/sum.example/supported", 404),
        ("/github.com/google/uuid", 404),
        ("/github.com/google/uuid/@v/", 404),
        ("/github.com/google/uuid/@v/v1.0.0.tar", 404),
        ("/github.com/Google/uuid/@v/list", 400),  # upper case is escaped, or it is another module on some disks
        ("/github.com/google/uuid/@v/v1.0.0-RC1.info", 400),
        ("/github.com/!/uuid/@v/list", 400),
        ("/github.com//uuid/@v/list", 400),
        ("/github.com/../etc/passwd/@v/list", 400),
        ("/github.com/%2E%2E/etc/@v/list", 400),
        ("/github.com/x%00y/@v/list", 400),
        ("/github.com/%ff/@v/list", 400),
        ("/github.com/%2521azure/x/@v/list", 400),  # decoded once, not twice
        ("/nodot/x/@v/list", 400),
        ("/github.com/x/v1/@v/list", 400),
        ("/github.com/x/@v/v1.2.zip", 400),
        ("/github.com/x/@v/main.mod", 400),
        ("/github.com/x/@v/..%2f..%2fx.info", 400),
        ("/github.com/" + "x" * 300 + "/@v/list", 400),
    ],
)
async def test_what_names_no_module_is_refused_before_anybody_is_asked(
    upstream: GoProxyServer, proxy: Running, path: str, status: int
) -> None:
    answer = await raw_get(proxy, path)
    assert answer.status_code == status
    assert answer.text.count("\n") == 1
    assert answer.text.rstrip("\n").isprintable()
    assert answer.headers["x-request-id"]
    assert upstream.asked() == []


async def raw_get(proxy: Running, path: str) -> httpx.Response:
    """GET a path exactly as it stands; httpx would tidy up its dots."""
    host, port = proxy.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(
            connection, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        )
        received = b""
        while piece := await loop.sock_recv(connection, 65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)


@pytest.mark.parametrize("escaped", ["go.corp.example%2Fsdk/@v/list", "go.corp.example/sdk/%40v/list"])
async def test_a_percent_escape_means_its_character(volume: Path, proxy: Running, escaped: str) -> None:
    await publish(volume, f"{OWN}/sdk", "v1.0.0")
    assert (await raw_get(proxy, f"/{escaped}")).text == "v1.0.0\n"


@pytest.mark.parametrize("path", ["/sdk", "/sdk/", "/sdk/sub/package", "/", ""])
async def test_go_get_is_sent_to_us_from_the_root_and_below(proxy: Running, path: str) -> None:
    answer = await proxy.client.get(f"{path}?go-get=1", headers={"host": OWN})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert f'<meta name="go-import" content="{OWN} mod http://{OWN}">' in answer.text


async def test_go_get_knows_hosts_by_name_without_port(proxy: Running) -> None:
    answer = await proxy.client.get("/sdk?go-get=1", headers={"host": f"{OWN.upper()}:8080"})
    assert f'content="{OWN} mod ' in answer.text


async def test_go_get_tag_and_root_agree_for_a_deeper_prefix(volume: Path) -> None:
    settings = environment(volume, "off", GOMOD_PRIVATE_PATTERNS="*.corp.example,host.example/team/*")
    async with running(settings) as proxy:
        for host, path, root in (
            ("a.corp.example", "/x/y", "a.corp.example"),
            ("a.corp.example", "/", "a.corp.example"),
            ("host.example", "/team/x/y", "host.example/team"),
            ("host.example", "/team", "host.example/team"),
        ):
            answer = await proxy.client.get(f"{path}?go-get=1", headers={"host": host})
            assert f'content="{root} mod ' in answer.text
        assert (await proxy.client.get("/other?go-get=1", headers={"host": "host.example"})).status_code == 404


@pytest.mark.parametrize("host", ["github.com", "127.0.0.1:8080", "evil.example"])
async def test_go_get_for_a_path_that_is_not_ours_has_no_tag(proxy: Running, host: str) -> None:
    answer = await proxy.client.get("/google/uuid?go-get=1", headers={"host": host})
    assert answer.status_code == 404
    assert "go-import" not in answer.text


async def test_go_get_from_a_host_that_is_none_is_the_clients_mistake(proxy: Running) -> None:
    answer = await proxy.client.get("/sdk?go-get=1", headers={"host": "[::1"})
    assert answer.status_code == 400


async def test_go_get_lets_nothing_into_its_page(proxy: Running) -> None:
    answer = await proxy.client.get("/%3Cscript%3E?go-get=1", headers={"host": OWN})
    assert answer.status_code == 400
    assert "<script>" not in answer.text or answer.headers["content-type"].startswith("text/plain")


async def test_the_page_says_how_to_use_this_registry(proxy: Running) -> None:
    answer = await proxy.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for line in (f"export GOPROXY=http://{OWN}\n", f"export GONOSUMDB='{OWN}/*'\n", f"go get {OWN}/your-module@latest"):
        assert line in answer.text
    assert (await proxy.client.head("/")).content == b""


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version"])
async def test_health_and_version_are_there(proxy: Running, path: str) -> None:
    answer = await proxy.get(path)
    assert answer.status_code == 200
    assert "go-import" not in answer.text


async def test_every_answer_carries_the_request_id_that_the_gateway_gave(proxy: Running) -> None:
    for path in ("/", "/x.example/y/@v/list", "/nothing"):
        assert (await proxy.get(path, x_request_id="gw-1")).headers["x-request-id"] == "gw-1"


@pytest.mark.parametrize(
    ("path", "spelled"),
    [
        ("/github.com/Azure/x/@v/list", "/github.com/!azure/x/@v/list"),
        ("/github.com/google/uuid/@v/v1.0.0-RC1.info", "/github.com/google/uuid/@v/v1.0.0-!r!c1.info"),
    ],
)
async def test_capitals_are_refused_with_the_right_spelling(proxy: Running, path: str, spelled: str) -> None:
    answer = await proxy.get(path)
    assert answer.status_code == 400
    assert answer.text.endswith(f"ask for {spelled}\n")


async def test_a_public_url_may_have_a_path(volume: Path) -> None:
    await publish(volume, f"{OWN}/sdk", "v1.0.0")
    async with running(environment(volume, "off", GOMOD_PUBLIC_URL=f"http://{OWN}/go")) as proxy:
        for prefix in ("/go", ""):
            assert (await proxy.get(f"{prefix}/{OWN}/sdk/@v/list")).text == "v1.0.0\n"
            assert (await proxy.get(f"{prefix}/healthz")).status_code == 200
            assert f"export GOPROXY=http://{OWN}/go\n" in (await proxy.get(f"{prefix}/")).text
        assert (await proxy.get("/go")).status_code == 200
        assert (await proxy.get(f"/gopher/{OWN}/sdk/@v/list")).status_code == 400
        answer = await proxy.client.get("/sdk?go-get=1", headers={"host": OWN})
        assert f'content="{OWN} mod http://{OWN}/go"' in answer.text


async def test_a_module_path_may_begin_like_the_public_urls_path(volume: Path) -> None:
    settings = {"GOMOD_PUBLIC_URL": f"http://{OWN}/go", "GOMOD_PRIVATE_PATTERNS": f"{OWN}/go/*"}
    async with running(environment(volume, "off", **settings)) as proxy:
        for path in ("/go", "/go/sdk", "/go/sdk/package"):
            answer = await proxy.client.get(f"{path}?go-get=1", headers={"host": OWN})
            assert f'content="{OWN}/go mod http://{OWN}/go"' in answer.text
        assert (await proxy.client.get("/sdk?go-get=1", headers={"host": OWN})).status_code == 404
