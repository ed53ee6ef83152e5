"""A double of the part of Vault that is used here: the KV version 2 engine `secret` over HTTP, with check-and-set."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

TOKEN = "root-token-of-the-double"


class VaultDouble:
    """Listens on a free loopback port while it is entered; `secrets` maps a key to its values."""

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, str]] = {}
        self.versions: dict[str, int] = {}
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                key = self._key()
                if key in double.secrets:
                    metadata = {"version": double.versions[key]}
                    self._answer(200, {"data": {"data": double.secrets[key], "metadata": metadata}})
                elif key is not None:
                    self._answer(404, {"errors": []})

            def do_POST(self) -> None:
                key = self._key()
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if key is None:
                    return
                if body["options"]["cas"] != double.versions.get(key, 0):
                    self._answer(400, {"errors": ["check-and-set parameter did not match the current version"]})
                    return
                double.secrets[key] = body["data"]
                double.versions[key] = double.versions.get(key, 0) + 1
                self._answer(200, {"data": {"version": double.versions[key]}})

            def _key(self) -> str | None:
                if self.headers["X-Vault-Token"] != TOKEN:
                    self._answer(403, {"errors": ["permission denied"]})
                    return None
                return self.path.removeprefix("/v1/secret/data/")

            def _answer(self, status: int, document: object) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def address(self) -> str:
        """What VAULT_ADDR is set to."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
