"""A git host on loopback for tests: TLS, passwords, pages for go, and git's own http-backend behind them.

It is reached as an HTTP proxy is: clients with HTTPS_PROXY say CONNECT and the host's name, and are connected to the
host itself. So a real go can ask for real module paths, whose hosts have names and listen on port 443.
"""

import base64
import os
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

from tests.certificates import loopback_certificate


@dataclass(frozen=True)
class Asked:
    """One request, as the host inside TLS got it."""

    host: str
    path: str
    authorization: str


class GitHost:
    """`with GitHost(folder, "git.corp.test") as host:` serves the bare repositories `host.repositories/<name>.git`.

    `remotes[path]` is where the page for the import path says that its repository is; without an entry it is
    `https://<host>/<name>.git` for `<host>/<name>`. With a `login` nobody gets anything without it.
    """

    def __init__(self, folder: Path, *names: str, login: tuple[str, str] | None = None) -> None:
        self.repositories = folder / "repositories"
        self.repositories.mkdir(parents=True)
        self.names = names
        self.remotes: dict[str, str] = {}
        self.asked: list[Asked] = []
        self.answers: dict[str, int] = {}
        """The status of every answer below a path, when it is to be another one; the text tells what was sent."""
        self.held = ""
        """The path below which no answer comes before `gate` is set."""
        self.gate = threading.Event()
        self.certificate = loopback_certificate(folder, *names)
        self._authorization = "Basic " + base64.b64encode(":".join(login).encode()).decode() if login else ""
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(self.certificate)
        host = self

        class Handler(_Handler):
            owner = host

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def proxy(self) -> str:
        """For HTTPS_PROXY."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "GitHost":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # For the handler

    def wrap(self, connection: socket.socket) -> ssl.SSLSocket:
        return self._tls.wrap_socket(connection, server_side=True)

    def lets_in(self, authorization: str) -> bool:
        return authorization == self._authorization or not self._authorization

    def page(self, host: str, path: str) -> bytes:
        """What go reads to find the repository of an import path."""
        name = f"{host}{path}"
        root = next((root for root in self.remotes if f"{name}/".startswith(f"{root}/")), name)
        remote = self.remotes.get(root, f"https://{name}.git")
        return f'<html><head><meta name="go-import" content="{root} git {remote}"></head></html>'.encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that are killed hang up."""


class _Handler(BaseHTTPRequestHandler):
    owner: GitHost
    protocol_version = "HTTP/1.1"

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the server knows only the socket that TLS was put around

    def do_CONNECT(self) -> None:
        if self.path.rpartition(":")[0] not in self.owner.names:
            self._answer(502, b"")
            return
        self.send_response(200)
        self.end_headers()
        self.request = self.owner.wrap(self.connection)
        self.setup()
        self.close_connection = False

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        authorization = self.headers.get("Authorization", "")
        self.owner.asked.append(Asked(self.headers["Host"], self.path, authorization))
        if self.owner.held and url.path.startswith(self.owner.held):
            self.owner.gate.wait()
        status = next((status for path, status in self.owner.answers.items() if url.path.startswith(path)), 200)
        if status != 200:
            self._answer(status, f"you are {authorization}".encode(), ("Content-Type", "text/plain"))
        elif not self.owner.lets_in(authorization):
            self._answer(401, b"who are you?", ("WWW-Authenticate", 'Basic realm="tests"'))
        elif url.query == "go-get=1":
            self._answer(200, self.owner.page(self.headers["Host"], url.path), ("Content-Type", "text/html"))
        else:
            self._backend(unquote(url.path), url.query)

    def do_POST(self) -> None:
        self.do_GET()

    def _backend(self, path: str, query: str) -> None:
        """CGI (RFC 3875), as far as git's http-backend needs it."""
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length) if "Transfer-Encoding" not in self.headers else self._chunked()
        environ = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.owner.repositories),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",  # whoever the repositories belong to
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environ, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        status = int(fields.pop("Status", "200").split()[0])
        self._answer(status, content, *fields.items())

    def _chunked(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: `asked` is the record."""
