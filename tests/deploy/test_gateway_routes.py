"""The gateway chart in the real Envoy Gateway and Envoy, by the same table of requests as gateway/envoy.yaml."""

import http.client
import json
import socket
import time
from collections.abc import Iterator

import pytest

from tests.deploy.conftest import HeavyTools, Rendered
from tests.deploy.envoy_gateway import EnvoyGateway, alone
from tests.gateway.echo import EchoService
from tests.gateway.requests import HOST, REQUESTS, Row
from tests.ports import free_port

pytestmark = pytest.mark.may_skip(reason="Envoy Gateway takes minutes to compile; scripts/tools envoy-gateway does")


@pytest.fixture(scope="module")
def proxy() -> Iterator[EchoService]:
    with EchoService("proxy") as service:
        yield service


@pytest.fixture(scope="module")
def uploader() -> Iterator[EchoService]:
    with EchoService("uploader") as service:
        yield service


@pytest.fixture(scope="module")
def gateway(
    heavy: HeavyTools,
    rendered: Rendered,
    proxy: EchoService,
    uploader: EchoService,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[int]:
    """The port of an Envoy that Envoy Gateway configured from the chart."""
    program = heavy.program("envoy-gateway")
    with alone(program):
        running = EnvoyGateway(
            program,
            tmp_path_factory.mktemp("envoy-gateway"),
            free_port(),
            {"gomod-proxy": proxy.bind, "gomod-uploader": uploader.bind},
        )
        try:
            running.start(rendered["local", "gateway"])
            wait_until_routed(running.port)
            yield running.port
        finally:
            running.stop()


def wait_until_routed(port: int) -> None:
    """Listeners come before their routes: return once both services answer."""
    deadline = time.monotonic() + 30
    for path, service in (("/", "proxy"), ("/upload", "uploader")):
        while ask(port, "GET", path).headers["X-Echo-Service"] != service:
            assert time.monotonic() < deadline, f"{path} is not routed"
            time.sleep(0.1)


def ask(port: int, method: str, target: str, host: str = HOST) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, target, skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.mark.parametrize("row", REQUESTS, ids=str)
def test_each_request_reaches_the_service_it_is_for(gateway: int, row: Row) -> None:
    answer = ask(gateway, row.method, row.target, row.host)
    if row.to == "nobody":
        assert answer.status == 421
        assert answer.headers["X-Echo-Service"] is None
        return
    assert answer.status == 200
    assert answer.headers["X-Echo-Service"] == row.to
    assert answer.headers["X-Echo-Line"] == f"{row.method} {row.seen} HTTP/1.1"


def test_a_clients_request_id_reaches_the_service_and_one_is_made_when_there_is_none(gateway: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gateway, timeout=10)
    connection.request("GET", "/", headers={"Host": HOST, "X-Request-ID": "run-17"})
    assert json.loads(connection.getresponse().read())["x-request-id"] == "run-17"
    connection.request("GET", "/", headers={"Host": HOST})
    assert json.loads(connection.getresponse().read())["x-request-id"]
    connection.close()


def test_an_upload_streams_through_before_its_end_is_known(gateway: int, uploader: EchoService) -> None:
    with socket.create_connection(("127.0.0.1", gateway), timeout=10) as client:
        client.sendall(
            f"POST /upload HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n".encode()
        )
        uploader.wait_for_body(b"first")  # while the request is still open
        client.sendall(b"0\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_body_of_any_size_passes(gateway: int) -> None:
    size = 100 * 1024 * 1024
    block = bytes(1024 * 1024)
    connection = http.client.HTTPConnection("127.0.0.1", gateway, timeout=60)
    connection.request(
        "POST",
        "/upload",
        body=(block for _ in range(size // len(block))),
        headers={"Host": HOST, "Content-Length": str(size)},
    )
    assert connection.getresponse().headers["X-Echo-Body-Bytes"] == str(size)
    connection.close()
