"""One cold zip and many who want it: upstream is asked once, whoever leaves."""

import http.client
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlsplit

import pytest

from tests.e2e.registry import Answer, Registry
from tests.goproxy_server import GoProxyServer
from tests.waiting import wait_for

PATH = "/example.org/big/@v/v1.0.0.zip"
CLIENTS = 20


@pytest.fixture
def big(upstream: GoProxyServer) -> bytes:
    """A zip of some megabytes that upstream has and the store has not."""
    mod = b"module example.org/big\n"
    upstream.add("example.org/big", "v1.0.0", {"go.mod": mod, "data.bin": os.urandom(8 * 1024 * 1024)}, mod=mod)
    return upstream.body(PATH)


def test_twenty_clients_at_once_are_one_upstream_request(
    registry: Registry, upstream: GoProxyServer, big: bytes
) -> None:
    gate = upstream.hold(PATH, at=1000)
    together = Barrier(CLIENTS + 1)

    def client() -> Answer:
        together.wait()
        return registry.get(PATH)

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [pool.submit(client) for _ in range(CLIENTS)]
        together.wait()
        wait_for(lambda: upstream.asked(PATH), "upstream to be asked")
        gate.set()
        bodies = [answer.result().body for answer in answers]
    assert bodies == [big] * CLIENTS
    assert upstream.asked(PATH) == [PATH]


def test_a_client_that_leaves_early_breaks_nothing(registry: Registry, upstream: GoProxyServer, big: bytes) -> None:
    gate = upstream.hold(PATH, at=1024 * 1024)
    address = urlsplit(registry.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as client:
        client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    # It is gone, with the first bytes of the zip in hand, and upstream is in the middle of it.
    gate.set()
    wait_for(lambda: registry.get(PATH).headers["x-cache"] == "HIT", "the zip to be stored")
    assert registry.get(PATH).body == big
    assert upstream.asked(PATH) == [PATH]


def test_a_zip_that_upstream_cuts_short_is_not_kept_and_comes_whole_the_next_time(
    registry: Registry, upstream: GoProxyServer, big: bytes
) -> None:
    gate = upstream.hold(PATH, at=1024 * 1024)
    with ThreadPoolExecutor(1) as pool:
        cut = pool.submit(registry.get, PATH)
        wait_for(lambda: upstream.asked(PATH), "upstream to be asked")
        upstream.stop()
        with pytest.raises(http.client.IncompleteRead):
            cut.result()
    gate.set()
    upstream.start()
    del upstream.answers[PATH]
    assert registry.get(PATH).body == big
