"""SIGTERM: a service takes nothing new, finishes what it has begun, and ends with status 0."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from gomod_service.serve import ServerName
from scripts.local.stack import Service
from tests.e2e.registry import Registry, local_values, prepared_registry
from tests.e2e.upload import make_upload
from tests.goproxy_server import GoProxyServer
from tests.waiting import wait_for

STOP_SECONDS = 30


@pytest.fixture(params=get_args(ServerName))
def services(tmp_path: Path, upstream: GoProxyServer, request: pytest.FixtureRequest) -> Iterator[Registry]:
    """Uploader and proxy without the gateway: what is closed or refused here is a service's own doing."""
    values = local_values(tmp_path / "state", upstream.url, GOMOD_SERVER=request.param)  # the proxy's
    with prepared_registry(values) as registry:
        for name in ("uploader", "proxy"):
            registry.stack.launch(name)
            registry.stack.await_ready(name)
        yield registry


def address(registry: Registry, name: Service) -> tuple[str, int]:
    host, _, port = registry.values[f"{name.upper()}_BIND"].rpartition(":")
    return host, int(port)


def refuses(where: tuple[str, int]) -> bool:
    try:
        socket.create_connection(where, timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def receive_all(client: socket.socket) -> bytes:
    """Everything until the other side hangs up."""
    received = b""
    while data := client.recv(65536):
        received += data
    return received


def test_an_upload_in_flight_is_finished(services: Registry) -> None:
    upload = make_upload("slow", "v1.0.0", os.urandom(1024 * 1024))
    boundary = b"end-of-part"
    parts = {"module": upload.path.encode(), "version": b"v1.0.0", "info": upload.info, "mod": upload.mod}
    parts["zip"] = upload.zip
    body = b"".join(
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (boundary, name.encode(), data)
        for name, data in parts.items()
    )
    body += b"--%b--\r\n" % boundary
    head = (
        f"POST /upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {services.token}\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary.decode()}\r\nExpect: 100-continue\r\n"
        "Connection: close\r\n\r\n"
    )
    uploader = services.stack.processes["uploader"]
    where = address(services, "uploader")
    with socket.create_connection(where, timeout=STOP_SECONDS) as client:
        client.sendall(head.encode())
        assert client.recv(1024).startswith(b"HTTP/1.1 100 ")  # the upload has begun
        client.sendall(body[: len(body) // 2])
        uploader.ask_to_stop()
        wait_for(lambda: refuses(where), "the uploader to take nothing new")
        assert uploader.running()
        client.sendall(body[len(body) // 2 :])
        assert receive_all(client).startswith(b"HTTP/1.1 201 ")
    assert uploader.wait(STOP_SECONDS) == 0
    assert (services.volume / upload.path / "v1.0.0" / "source.zip").read_bytes() == upload.zip


def test_a_download_in_flight_is_finished(services: Registry, upstream: GoProxyServer) -> None:
    path = "/example.org/big/@v/v1.0.0.zip"
    mod = b"module example.org/big\n"
    upstream.add("example.org/big", "v1.0.0", {"go.mod": mod, "data.bin": os.urandom(2**21)}, mod=mod)
    whole = upstream.body(path)
    gate = upstream.hold(path, at=2**20)
    proxy = services.stack.processes["proxy"]
    where = address(services, "proxy")
    with socket.create_connection(where, timeout=STOP_SECONDS) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        first = client.recv(65536)
        assert first.startswith(b"HTTP/1.1 200 ")
        proxy.ask_to_stop()
        wait_for(lambda: refuses(where), "the proxy to take nothing new")
        assert proxy.running()
        gate.set()
        received = first + receive_all(client)
    assert received.partition(b"\r\n\r\n")[2] == whole
    assert proxy.wait(STOP_SECONDS) == 0
    assert (services.volume / "example.org/big/v1.0.0/source.zip").read_bytes() == whole


@pytest.mark.parametrize("name", ["uploader", "proxy"])
def test_an_idle_service_ends_at_once(services: Registry, name: Service) -> None:
    assert services.stack.processes[name].stop(5) == 0
