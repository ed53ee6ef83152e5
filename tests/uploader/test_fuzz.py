"""Whatever is sent, the answer is not our fault: hypothesis writes requests that are nearly right."""

import json
import os
import socket
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.uploader.running import TOKEN, Uploader, running, wait_until
from tests.uploader.sample import MODULE, VERSION, parts

pytestmark = pytest.mark.takes_long

EXAMPLES = 2000 if os.environ.get("CI") == "true" else 150


@pytest.fixture(scope="module")
def uploader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uploader]:
    """One that gives up quickly on a body that is shorter than announced."""
    folder: Path = tmp_path_factory.mktemp("uploader")
    root = folder / "modules"
    root.mkdir()
    with running(folder, root, GOMOD_UPLOAD_PATIENCE_SECONDS="0.05") as process:
        yield process
        assert process.process.poll() is None
        assert "a bug in the registry" not in (folder / "uploader.log").read_text()
        assert "Traceback" not in (folder / "uploader.log").read_text()
        wait_until(lambda: not process.leftovers())  # a client that hangs up is not waited for


def mutated(right: bytes) -> st.SearchStrategy[bytes]:
    """`right` with a few bytes written over, cut out or put in."""

    def mutate(edits: list[tuple[int, int, bytes]]) -> bytes:
        data = right
        for at, length, new in edits:
            start = at % (len(data) + 1)
            data = data[:start] + new + data[start + length :]
        return data

    edit = st.tuples(st.integers(0, 1 << 16), st.sampled_from([0, 1, 2, 4, 50]), st.binary(max_size=6))
    return st.lists(edit, max_size=3).map(mutate)


RIGHT = parts()
PATHS = [
    "go.corp.example/pay/" + tail for tail in ("api", "API", "x/v2", "é", "..", "a//b", "con", "x" * 300, "v1.0.0/x")
]
VERSIONS = [
    VERSION,
    "v2.0.0",
    "v1.2.3+incompatible",
    "v0.0.0-20261123100000-0123456789ab",
    "v1.2.3-" + "x" * 300,
    "v1",
    "",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from([VERSION, "2026-11-23T10:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Version", "Time", "Origin", "URL"]), inner)
    ),
    max_leaves=6,
)
GO_MOD = st.lists(
    st.sampled_from(
        [f"module {MODULE}", "go 1.23", "require (", ")", "replace a.b/c => ../c", "retract v1.0.0", "//", '"']
    )
    | st.text(max_size=8),
    max_size=6,
).map("\n".join)

CONTENT = {
    "module": st.sampled_from([path.encode() for path in PATHS]) | mutated(RIGHT["module"]),
    "version": st.sampled_from([version.encode() for version in VERSIONS]) | mutated(RIGHT["version"]),
    "info": JSON.map(lambda value: json.dumps(value).encode()) | mutated(RIGHT["info"]),
    "mod": GO_MOD.map(lambda text: text.encode("utf-8", "surrogatepass")) | mutated(RIGHT["mod"]),
    "zip": mutated(RIGHT["zip"]),
}


@st.composite
def forms(draw: st.DrawFn) -> bytes:
    """A form whose parts are right, nearly right, doubled or missing."""
    names = draw(st.permutations(list(RIGHT)) | st.lists(st.sampled_from([*RIGHT, "reason", "other"]), max_size=7))
    wrong = draw(st.sets(st.sampled_from(list(RIGHT)), max_size=2))
    body = b""
    for name in names:
        data = draw(CONTENT[name]) if name in wrong else RIGHT.get(name, b"")
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + data + b"\r\n"
    return body + b"--b--\r\n"


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A whole request, now and then with some bytes changed."""
    body = draw(forms())
    if draw(st.booleans()):
        body = draw(mutated(body))
    method = draw(st.sampled_from([b"POST"] * 8 + [b"PUT", b"GET", b"HEAD", b"OPTIONS", b"FOO"]))
    target = draw(
        st.sampled_from(
            [b"/upload"] * 8
            + [
                b"/upload?dry_run=1",
                b"/upload?withdraw=1",
                b"/upload?reinstate=1",
                b"/upload?x",
                b"/",
                b"/readyz",
                b"/%2fupload",
            ]
        )
    )
    length = draw(st.sampled_from([len(body)] * 8 + [len(body) + 1, 0]))
    framing = draw(st.sampled_from([b"Content-Length: %d" % length, b"Transfer-Encoding: chunked"]))
    if framing.startswith(b"Transfer"):
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    head = b"\r\n".join(
        [
            b"%b %b HTTP/1.1" % (method, target),
            b"Host: x",
            b"Connection: close",
            b"Authorization: Bearer " + draw(st.sampled_from([TOKEN.encode()] * 6 + [b"", b"x", b"\xff"])),
            b"Content-Type: "
            + draw(
                st.sampled_from(
                    [b"multipart/form-data; boundary=b"] * 8 + [b"text/plain", b'multipart/form-data; boundary="\xff']
                )
            ),
            framing,
        ]
    )
    return draw(mutated(head)) + b"\r\n\r\n" + body if draw(st.integers(0, 5)) == 0 else head + b"\r\n\r\n" + body


def status_of(port: int, request: bytes) -> int | None:
    """What the uploader answers; None when it hangs up on what is no HTTP."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        try:
            sock.sendall(request)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has answered already
        # An answer to HEAD announces what never comes.
        method = b"".join(request.split(maxsplit=1)[:1]).decode("latin-1")
        try:
            with HTTPResponse(sock, method=method) as response:
                response.begin()
                response.read()
                return response.status
        except (HTTPException, ConnectionError):
            return None


@settings(max_examples=EXAMPLES, deadline=None)
@given(request=requests())
def test_no_request_is_answered_with_500(uploader: Uploader, request: bytes) -> None:
    status = status_of(uploader.port, request)
    assert status is None or status < 500 or status == 501
