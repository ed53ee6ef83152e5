"""A real GOPROXY on loopback for tests: serves what it is given, records who asked what, misbehaves when told to."""

import io
import json
import socket
import ssl
import struct
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from urllib.parse import unquote

CHUNK_BYTES = 64 * 1024


def escape(text: str) -> str:
    """Upper case as the protocol writes it; said here once more so that tests do not believe our own code."""
    return "".join(f"!{char.lower()}" if char.isupper() else char for char in text)


def make_zip(path: str, version: str, files: Mapping[str, bytes]) -> bytes:
    """A module zip of these files (names without the `path@version/` prefix)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(f"{path}@{version}/{name}"), data)
    return target.getvalue()


def make_info(version: str, time: str = "2024-01-02T03:04:05Z", **more: object) -> bytes:
    """An .info document."""
    return json.dumps({"Version": version, "Time": time, **more}).encode()


@dataclass(frozen=True)
class Recorded:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case


@dataclass(frozen=True)
class Answer:
    """What is sent for one URL path, and in which ways it is wrong or slow.

    A request whose If-None-Match is the `etag` among `headers` is answered 304.
    """

    body: bytes | Path = b""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    declared_length: int | None = None
    """Content-Length when it is to lie."""
    unsized: bool = False
    """Send no Content-Length: the end of the connection is the end of the body."""
    cut_at: int | None = None
    """Hang up after so many bytes of the body."""
    resets: bool = False
    """Reset the connection instead of answering."""
    hold_at: int | None = None
    """Send nothing past this byte until `gate` is set; -1 holds the status line as well."""
    gate: threading.Event = field(default_factory=threading.Event)

    @property
    def size(self) -> int:
        """Bytes that the body really has."""
        return self.body.stat().st_size if isinstance(self.body, Path) else len(self.body)


class GoProxyServer:
    """`with GoProxyServer() as upstream:` listens on `upstream.url`, on a free port of 127.0.0.1.

    `add` gives it versions; `answers[path]` overrides what any path answers ("/a.b/c/@v/list"); `requests` is what
    was asked; `down` makes it absent for a while.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        """With a `certificate` (and its key, in one PEM file) it speaks TLS."""
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(certificate)
        self._scripts: dict[str, list[Answer]] = {}
        self.answers: dict[str, Answer] = {}
        self.requests: list[Recorded] = []
        self._versions: dict[str, list[str]] = {}
        self._files: dict[str, Answer] = {}
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._port = 0
        self._held: socket.socket | None = None
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The GOPROXY base URL."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    def __enter__(self) -> "GoProxyServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for answer in self.answers.values():
            answer.gate.set()
        if self._server is not None:
            self.stop()
        self._let_go()

    # What it has

    def add(
        self,
        path: str,
        version: str,
        files: Mapping[str, bytes] | None = None,
        *,
        info: bytes | None = None,
        mod: bytes | None = None,
        zip_body: bytes | Path | None = None,
        listed: bool = True,
    ) -> None:
        """Offer one version. Without more it is a well-formed module of a go.mod and one Go file."""
        go_mod = mod if mod is not None else f"module {path}\n\ngo 1.21\n".encode()
        if zip_body is None:
            package = path.rstrip("/").rsplit("/", 1)[-1].replace("-", "").replace(".", "")
            contents = {"go.mod": go_mod, "x.go": f"package {package}\n".encode()} if files is None else files
            zip_body = make_zip(path, version, contents)
        base = f"/{escape(path)}/@v/{escape(version)}"
        with self._lock:
            if listed:
                self._versions.setdefault(path, []).append(version)
            self._files[f"{base}.info"] = Answer(info or make_info(version), content_type="application/json")
            self._files[f"{base}.mod"] = Answer(go_mod)
            self._files[f"{base}.zip"] = Answer(zip_body, content_type="application/zip")
            listing = "".join(f"{each}\n" for each in self._versions.get(path, []))
            self._files[f"/{escape(path)}/@v/list"] = Answer(listing.encode())
            self._files[f"/{escape(path)}/@latest"] = self._files[f"{base}.info"]

    def body(self, path: str) -> bytes:
        """The bytes that a URL path would answer with, if all went well."""
        body = self._find(path).body
        return body.read_bytes() if isinstance(body, Path) else body

    @property
    def offers(self) -> dict[str, Answer]:
        """What every URL path that it has would answer with, if all went well."""
        with self._lock:
            return dict(self._files)

    def hold(self, path: str, at: int = -1) -> threading.Event:
        """Make a path stall after `at` bytes of its body (-1: before the status line) until the event is set."""
        good = self._find(path)
        held = Answer(good.body, good.status, good.content_type, good.headers, unsized=good.unsized, hold_at=at)
        self.answers[path] = held
        return held.gate

    def script(self, path: str, *answers: Answer) -> None:
        """Answer a path differently each time; the last answer stays."""
        self._scripts[path] = list(answers)

    # What was asked

    def asked(self, path: str | None = None) -> list[str]:
        """The paths asked so far, in order; only those equal to `path` when it is given."""
        with self._lock:
            return [each.path for each in self.requests if path is None or each.path == path]

    def forget(self) -> None:
        """Start a new record."""
        with self._lock:
            self.requests.clear()

    # Being there and not

    def start(self) -> None:
        """Listen, on the same port as before when there was one."""
        upstream = self

        class Handler(_Handler):
            owner = upstream

        self._let_go()
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and hang up on everybody: connections are refused until `start`, or the end.

        The port stays ours: without that another test's server may be given it, and would answer in our place.
        """
        assert self._server is not None
        assert self._thread is not None
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # past connections that linger on it
        self._held.bind(("127.0.0.1", self._port))
        with self._lock:
            for connection in self._connections:
                _hang_up(connection)

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    @contextmanager
    def down(self) -> Iterator[None]:
        """Be absent for the length of a `with` block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    # For the handler

    def take(self, request: Recorded) -> Answer:
        with self._lock:
            self.requests.append(request)
            script = self._scripts.get(request.path)
            if script:
                self.answers[request.path] = script.pop(0)
        return self._find(unquote(request.path))  # go sends %21 for !

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def _find(self, path: str) -> Answer:
        missing = Answer(f"not found: {path}: the test's upstream does not have it\n".encode(), status=404)
        return self.answers.get(path) or self._files.get(path) or missing


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was gone already


class _Handler(BaseHTTPRequestHandler):
    owner: GoProxyServer
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.owner.opened(self.connection)

    def finish(self) -> None:
        self.owner.closed(self.connection)
        super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True  # the client left; that is its right

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.owner.take(Recorded(self.command, self.path, headers))
        if answer.hold_at == -1:
            answer.gate.wait()
        if answer.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        if answer.headers.get("etag", "-") == headers.get("if-none-match"):
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.unsized:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            declared = answer.size if answer.declared_length is None else answer.declared_length
            self.send_header("Content-Length", str(declared))
        self.end_headers()
        if self.command == "HEAD":
            return
        self._send_body(answer)
        if answer.cut_at is not None or answer.declared_length is not None:
            self.close_connection = True

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send_body(self, answer: Answer) -> None:
        source: BinaryIO = answer.body.open("rb") if isinstance(answer.body, Path) else io.BytesIO(answer.body)
        end = answer.size if answer.cut_at is None else min(answer.cut_at, answer.size)
        with source:
            if answer.hold_at is not None and answer.hold_at >= 0:
                first = min(answer.hold_at, end)
                self.wfile.write(source.read(first))
                answer.gate.wait()
            self._copy(source, end)

    def _copy(self, source: BinaryIO, end: int) -> None:
        while (left := end - source.tell()) > 0:
            self.wfile.write(source.read(min(CHUNK_BYTES, left)))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: `requests` is the record."""
