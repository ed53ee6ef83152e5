"""The loopback upstream itself: a test that trusts it should know that it does what it is told."""

import io
import zipfile
from urllib.parse import urlsplit

import httpx
import pytest

from tests.goproxy_server import Answer, GoProxyServer
from tests.ports import is_free


def test_it_serves_a_module_and_records_who_asked() -> None:
    with GoProxyServer() as upstream:
        upstream.add("github.com/Azure/x", "v1.0.0")
        upstream.add("github.com/Azure/x", "v1.1.0")
        base = f"{upstream.url}/github.com/!azure/x"
        assert httpx.get(f"{base}/@v/list").text == "v1.0.0\nv1.1.0\n"
        assert httpx.get(f"{base}/@latest").json()["Version"] == "v1.1.0"
        names = zipfile.ZipFile(io.BytesIO(httpx.get(f"{base}/@v/v1.0.0.zip").content)).namelist()
        assert names == ["github.com/Azure/x@v1.0.0/go.mod", "github.com/Azure/x@v1.0.0/x.go"]
        assert httpx.get(f"{base}/@v/v9.0.0.info").status_code == 404
        assert upstream.asked() == [f"/github.com/!azure/x/@{end}" for end in ("v/list", "latest")] + [
            "/github.com/!azure/x/@v/v1.0.0.zip",
            "/github.com/!azure/x/@v/v9.0.0.info",
        ]


def test_it_cuts_a_body_short() -> None:
    with GoProxyServer() as upstream:
        upstream.answers["/x"] = Answer(b"0123456789", cut_at=4)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{upstream.url}/x")


def test_it_holds_a_body_until_told() -> None:
    with GoProxyServer() as upstream:
        upstream.answers["/x"] = Answer(b"0123456789")
        gate = upstream.hold("/x", at=4)
        with httpx.stream("GET", f"{upstream.url}/x") as response:
            pieces = response.iter_raw()
            assert next(pieces) == b"0123"
            gate.set()
            assert b"".join(pieces) == b"456789"


def test_it_is_absent_and_comes_back_at_the_same_place() -> None:
    with GoProxyServer() as upstream, httpx.Client() as client:
        upstream.answers["/x"] = Answer(b"here")
        assert client.get(f"{upstream.url}/x").text == "here"
        with upstream.down(), pytest.raises(httpx.TransportError):
            client.get(f"{upstream.url}/x")
        assert client.get(f"{upstream.url}/x").text == "here"


def test_nobody_else_gets_its_port_while_it_is_absent() -> None:
    with GoProxyServer() as upstream:
        port = urlsplit(upstream.url).port
        assert port is not None
        upstream.stop()
        assert not is_free(port)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{upstream.url}/x")
    assert is_free(port)
