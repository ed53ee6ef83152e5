"""A registry on this machine is asked directly, whatever proxy there is on the way out."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gomod_publish.errors import TryAgain
from gomod_publish.proxy import Proxy


class Here(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


def _no_pause(_: float) -> None: ...


@pytest.fixture(autouse=True)
def _a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_here_is_asked_without_the_proxy(host: str) -> None:
    with HTTPServer(("127.0.0.1", 0), Here) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            with Proxy(f"http://{host}:{server.server_port}", say=print, pause=_no_pause) as proxy:
                assert proxy.ask(f"{proxy.url}/x").status_code == 204
        finally:
            server.shutdown()
            thread.join()


def test_what_is_elsewhere_is_asked_through_it() -> None:
    with (
        Proxy("http://registry.example.test", say=print, pause=_no_pause) as proxy,
        pytest.raises(TryAgain, match="refused"),
    ):
        proxy.ask(f"{proxy.url}/x")
