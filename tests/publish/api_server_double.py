"""A stand-in for the Kubernetes API server, for machines that have none: one ConfigMap, with field ownership as in
server-side apply. The tests of the state run against it and, where there is one, against the real server."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.certificates import loopback_certificate
from tests.publish.api_server import ADMIN, CONFIGMAP, NAMESPACE, ApiServer

RUNNER_TOKEN = "token-of-the-runner"
_PATH = f"/api/v1/namespaces/{NAMESPACE}/configmaps"

Answer = tuple[int, dict[str, Any]]

# What kubectl asks for before it asks for a thing.
_DISCOVERY: dict[str, dict[str, Any]] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {
                "name": "configmaps",
                "singularName": "configmap",
                "namespaced": True,
                "kind": "ConfigMap",
                "verbs": ["get", "patch"],
            }
        ],
    },
}


@dataclass
class _Object:
    """The ConfigMap, its edition, and who said which key."""

    edition: int
    data: dict[str, str] = field(default_factory=dict)
    owners: dict[str, set[str]] = field(default_factory=dict)  # a manager's keys

    def merge(self, manager: str, data: dict[str, str | None]) -> None:
        """A merge patch: its keys are the manager's now, and nobody else's."""
        for key, value in data.items():
            for keys in self.owners.values():
                keys.discard(key)
            if value is None:
                self.data.pop(key, None)
            else:
                self.data[key] = value
                self.owners.setdefault(manager, set()).add(key)

    def apply(self, manager: str, data: dict[str, str], *, force: bool) -> bool:
        """Server-side apply; False when a key is somebody else's. What the manager no longer says goes."""
        others = {key for other, keys in self.owners.items() if other != manager for key in keys}
        taken = {key for key in data if key in others and self.data.get(key) != data[key]}
        if taken and not force:
            return False
        for other, keys in self.owners.items():
            if other != manager:
                keys -= taken
        for key in self.owners.get(manager, set()) - set(data) - others:
            self.data.pop(key, None)
        self.data |= data
        self.owners[manager] = set(data)
        return True

    def document(self) -> dict[str, Any]:
        managed = [
            {"manager": manager, "fieldsV1": {"f:data": {f"f:{key}": {} for key in keys}}}
            for manager, keys in self.owners.items()
        ]
        metadata = {"name": CONFIGMAP, "resourceVersion": str(self.edition), "managedFields": managed}
        return {
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": metadata,
            **({"data": self.data} if self.data else {}),
        }


class _Cluster:
    """What the server knows."""

    def __init__(self) -> None:
        self._editions = 100
        self._object: _Object | None = None
        self._lock = threading.Lock()

    def answer(self, method: str, path: str, token: str, kind: str, body: Any) -> Answer:  # noqa: ANN401 - JSON
        with self._lock:
            if token not in (ADMIN, RUNNER_TOKEN):
                return _status(401, "Unauthorized")
            url = urlsplit(path)
            if url.path in _DISCOVERY:
                return 200, _DISCOVERY[url.path]
            may = token == ADMIN or (method in ("GET", "PATCH") and url.path == f"{_PATH}/{CONFIGMAP}")
            if not may:
                return _status(403, f"configmaps is forbidden: the runner cannot {method}")
            if method == "POST":
                self._object = _Object(self._next())
                return 201, self._object.document()
            if self._object is None:
                return _status(404, f'configmaps "{CONFIGMAP}" not found')
            if method == "DELETE":
                self._object = None
                return _status(200, "gone")
            if method == "PATCH":
                return self._patch(self._object, parse_qs(url.query), kind, body)
            return 200, self._object.document()

    def _patch(self, target: _Object, query: dict[str, list[str]], kind: str, body: Any) -> Answer:  # noqa: ANN401
        (manager,) = query["fieldManager"]
        data = body.get("data") or {}
        edition = body.get("metadata", {}).get("resourceVersion", str(target.edition))
        if edition != str(target.edition):
            return _status(
                409, f'Operation cannot be fulfilled on configmaps "{CONFIGMAP}": the object has been modified'
            )
        if kind == "application/apply-patch+yaml":
            if not target.apply(manager, data, force=query.get("force") == ["true"]):
                return _status(409, "Apply failed with 1 conflict")
        else:
            target.merge(manager, data)
        target.edition = self._next()
        return 200, target.document()

    def _next(self) -> int:
        self._editions += 1
        return self._editions


def _status(code: int, message: str) -> Answer:
    reason = HTTPStatus(code).phrase.replace(" ", "")
    outcome = "Success" if code < 400 else "Failure"
    status = {"kind": "Status", "apiVersion": "v1", "status": outcome, "reason": reason, "code": code}
    return code, status | {"message": message}


@contextmanager
def running_double(folder: Path) -> Iterator[ApiServer]:
    """The stand-in, on a port of its own."""
    cluster = _Cluster()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_PATCH(self) -> None:
            self._serve()

        def do_DELETE(self) -> None:
            self._serve()

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            kind = self.headers.get("Content-Type", "")
            status, document = cluster.answer(self.command, self.path, token, kind, body)
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    certificate = loopback_certificate(folder)
    (folder / "token").write_text(RUNNER_TOKEN)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield ApiServer(f"https://127.0.0.1:{server.server_port}", certificate, folder / "token")
        finally:
            server.shutdown()
            thread.join()
