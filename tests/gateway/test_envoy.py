"""gateway/envoy.yaml in the real Envoy, in front of two tiny services that say what reached them."""

import http.client
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.local.gateway import command, render
from scripts.local.processes import Process
from tests.gateway.echo import EchoService
from tests.gateway.requests import HOST, REQUESTS, Row
from tests.ports import free_port, wait_until_listening


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running Envoy."""

    process: Process
    port: int


@pytest.fixture(scope="module")
def proxy() -> Iterator[EchoService]:
    with EchoService("proxy") as service:
        yield service


@pytest.fixture(scope="module")
def uploader() -> Iterator[EchoService]:
    with EchoService("uploader") as service:
        yield service


@pytest.fixture(scope="module")
def envoy(proxy: EchoService, uploader: EchoService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """An Envoy in front of both."""
    port = free_port()
    configuration = tmp_path_factory.mktemp("gateway") / "envoy.yaml"
    configuration.write_text(
        render(gateway=f"127.0.0.1:{port}", hosts=[HOST], proxy=proxy.bind, uploader=uploader.bind)
    )
    process = Process("gateway", command(configuration), {}, on_line=lambda _, line: print(line))
    try:
        wait_until_listening(port, process.running)
        yield Gateway(process, port)
    finally:
        assert process.stop(10) == 0


@pytest.fixture
def gateway(envoy: Gateway) -> int:
    """The gateway's port."""
    return envoy.port


@pytest.mark.parametrize("row", REQUESTS, ids=str)
def test_each_request_reaches_its_service_as_the_table_says(gateway: int, row: Row) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gateway, timeout=10)
    connection.putrequest(row.method, row.target, skip_host=True)
    connection.putheader("Host", row.host)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if row.to == "nobody":
        assert answer.status == 421
        assert answer.headers["X-Echo-Service"] is None
    else:
        assert answer.status == 200
        assert answer.headers["X-Echo-Service"] == row.to
        assert answer.headers["X-Echo-Line"] == f"{row.method} {row.seen} HTTP/1.1"


def test_a_host_that_is_not_ours_is_told_so_without_a_404(gateway: int) -> None:
    # A 404 would send a client with GOPROXY=us,direct elsewhere.
    connection = http.client.HTTPConnection("127.0.0.1", gateway, timeout=10)
    connection.request("GET", "/go.example/x/@v/list", headers={"Host": "elsewhere.example"})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (421, b"this gateway does not serve the host name it was asked for\n")
    connection.close()


def test_the_clients_request_id_reaches_the_service_and_one_is_made_when_there_is_none(gateway: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gateway, timeout=10)
    connection.request("GET", "/", headers={"Host": HOST, "X-Request-ID": "run-17"})
    assert json.loads(connection.getresponse().read())["x-request-id"] == "run-17"
    connection.request("GET", "/", headers={"Host": HOST})
    assert json.loads(connection.getresponse().read())["x-request-id"]
    connection.close()


def test_the_token_reaches_the_uploader(gateway: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gateway, timeout=10)
    connection.request("POST", "/upload", body=b"", headers={"Host": HOST, "Authorization": "Bearer t"})
    assert json.loads(connection.getresponse().read())["authorization"] == "Bearer t"
    connection.close()


def test_an_upload_streams_through_before_its_end_is_known(gateway: int, uploader: EchoService) -> None:
    with socket.create_connection(("127.0.0.1", gateway), timeout=10) as client:
        client.sendall(
            f"POST /upload HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n".encode()
        )
        uploader.wait_for_body(b"first")  # while the request is still open
        client.sendall(b"0\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_body_of_any_size_passes_and_none_of_it_is_kept(envoy: Gateway) -> None:
    size = 300 * 1024 * 1024
    block = bytes(1024 * 1024)
    connection = http.client.HTTPConnection("127.0.0.1", envoy.port, timeout=60)
    connection.request(
        "POST",
        "/upload",
        body=(block for _ in range(size // len(block))),
        headers={"Host": HOST, "Content-Length": str(size)},
    )
    assert connection.getresponse().headers["X-Echo-Body-Bytes"] == str(size)
    connection.close()
    peak = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{envoy.process.pid}/status").read_text())
    assert peak is not None
    assert int(peak[1]) * 1024 < size  # Envoy itself takes about 70 MiB


def test_a_refusal_comes_before_the_body_is_sent(gateway: int) -> None:
    # The client asks first (Expect: 100-continue); it is the uploader that decides, not the gateway.
    with socket.create_connection(("127.0.0.1", gateway), timeout=10) as client:
        client.sendall(
            f"POST /upload HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9\r\nExpect: 100-continue\r\n"
            "X-Echo-Status: 401\r\n\r\n".encode()
        )
        assert client.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_two_gateways_never_share_a_port(gateway: int, tmp_path: Path) -> None:
    configuration = tmp_path / "envoy.yaml"
    configuration.write_text(
        render(gateway=f"127.0.0.1:{gateway}", hosts=[HOST], proxy="127.0.0.1:1", uploader="127.0.0.1:1")
    )
    lines: list[str] = []
    second = Process("second", command(configuration), {}, on_line=lambda _, line: lines.append(line))
    assert second.wait(20) == 1
    assert any("Address already in use" in line for line in lines)


def test_a_service_that_is_down_is_never_a_404(tmp_path: Path) -> None:
    port = free_port()
    configuration = tmp_path / "envoy.yaml"
    configuration.write_text(
        render(gateway=f"127.0.0.1:{port}", hosts=[HOST], proxy="127.0.0.1:1", uploader="127.0.0.1:1")
    )
    envoy = Process("gateway", command(configuration), {}, on_line=lambda _, line: print(line))
    try:
        wait_until_listening(port, envoy.running)
        for method, target in (("GET", "/github.com/google/uuid/@v/list"), ("POST", "/upload")):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request(method, target, headers={"Host": HOST})
            assert connection.getresponse().status == 503
            connection.close()
    finally:
        assert envoy.stop(10) == 0
