"""Hostile and unlucky clients: the right answer, flat memory, nothing left behind, and everybody else is served."""

import select
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.uploader.raw import RawClient, connected
from tests.uploader.running import TOKEN, Uploader, bearer, running, wait_until
from tests.uploader.sample import MODULE, parts

MIB = 1024 * 1024

# What an upload of any size may add to the process: pieces in flight, a zip's directory, a worker thread's stack.
FLAT = 24 * MIB


@contextmanager
def warm(folder: Path, **more: str) -> Iterator[Uploader]:
    """An uploader that has taken one upload already."""
    root = folder / "modules"
    root.mkdir()
    with running(folder, root, **more) as process:
        assert process.upload(parts(version="v0.0.1")).status_code == 201
        yield process


@pytest.fixture(scope="module")
def uploader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uploader]:
    with warm(tmp_path_factory.mktemp("uploader")) as process:
        yield process


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uploader]:
    """One that waits for nobody."""
    with warm(tmp_path_factory.mktemp("impatient"), GOMOD_UPLOAD_PATIENCE_SECONDS="1") as process:
        yield process


@contextmanager
def unhurt(uploader: Uploader, test: str) -> Iterator[None]:
    """Afterwards no file is left, memory stayed flat, and the next upload works."""
    before = uploader.peak_memory()
    yield
    wait_until(lambda: not uploader.leftovers())
    assert uploader.peak_memory() - before < FLAT
    name = test.replace("_", "-").partition("[")[0]
    assert uploader.upload(parts(f"go.corp.example/pay/{name}")).status_code in (200, 201)


@pytest.fixture(autouse=True)
def uploader_is_unhurt(uploader: Uploader, request: pytest.FixtureRequest) -> Iterator[None]:
    with unhurt(uploader, request.node.name):
        yield


@pytest.fixture
def client(uploader: Uploader) -> Iterator[RawClient]:
    with connected(uploader.port) as client:
        yield client


@pytest.fixture
def slow_client(impatient: Uploader, request: pytest.FixtureRequest) -> Iterator[RawClient]:
    with unhurt(impatient, request.node.name), connected(impatient.port) as client:
        yield client


def begin_zip(client: RawClient) -> None:
    """Everything up to the first byte of the zip."""
    client.begin({"Transfer-Encoding": "chunked"})
    for name, data in parts().items():
        client.part(name, data + b"\r\n" if name != "zip" else b"")


def big_zip(path: Path, size: int, method: int) -> Path:
    """A right zip of MODULE@v1.0.0 with `size` bytes of nothing in it."""
    prefix = f"{MODULE}@v1.0.0/"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(prefix + "go.mod", f"module {MODULE}\n")
        with archive.open(prefix + "nothing", "w") as file:
            for _ in range(size // MIB):
                file.write(bytes(MIB))
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_largest_module_is_taken_in_flat_memory(uploader: Uploader, tmp_path: Path, method: int) -> None:
    path = big_zip(tmp_path / "big.zip", 499 * MIB, method)
    sent = parts(version="v1.0.0") | {"mod": f"module {MODULE}\n".encode()}
    with path.open("rb") as file:
        files = {name: (name, file if name == "zip" else data) for name, data in sent.items()}
        answer = uploader.client.post("/upload", files=files, headers=bearer(TOKEN), timeout=300)
    path.unlink()
    # Packed in another way it is the same module again, which is found out by reading the one that stands.
    assert answer.status_code == (201 if method == zipfile.ZIP_STORED else 200)


def test_a_body_without_end_is_refused_as_soon_as_it_is_too_large(client: RawClient) -> None:
    begin_zip(client)
    sent = 0
    with suppress(BrokenPipeError, ConnectionResetError):
        while sent < 1024 * MIB:
            client.chunk(bytes(MIB))
            sent += MIB
    status, problem = client.answer()
    assert (status, problem["code"]) == (413, "too-large")
    assert "'zip' is larger than 524288000 bytes" in problem["detail"]
    assert sent < 600 * MIB


def test_a_client_that_falls_silent_is_told_so(slow_client: RawClient) -> None:
    begin_zip(slow_client)
    slow_client.chunk(b"PK")
    status, problem = slow_client.answer()
    assert (status, problem["code"]) == (408, "too-slow")


def test_a_client_that_trickles_is_told_so(slow_client: RawClient) -> None:
    begin_zip(slow_client)
    for _ in range(400):
        slow_client.chunk(b"x")  # never silent for long …
        if select.select([slow_client.sock], [], [], 0.05)[0]:
            break
    status, problem = slow_client.answer()
    assert (status, problem["code"]) == (408, "too-slow")  # … and never done


def test_clients_that_leave_anywhere_leave_nothing(uploader: Uploader) -> None:
    whole = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + data + b"\r\n"
        for name, data in parts(version="v0.0.2").items()
    )
    for end in range(0, len(whole), 7):
        with connected(uploader.port) as client:
            client.begin({"Content-Length": str(len(whole) + 7)})
            client.sock.sendall(whole[:end])
    wait_until(lambda: not uploader.leftovers())
    assert not (uploader.root / MODULE / "v0.0.2").exists()


@pytest.mark.parametrize("name", ["x", "module", "zip"])
def test_ten_thousand_parts_are_refused_at_the_first_that_is_too_many(client: RawClient, name: str) -> None:
    client.begin({"Transfer-Encoding": "chunked"})
    part = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\ngo.corp.example/pay/x\r\n'.encode()
    client.chunk(part * 10_000)
    status, problem = client.answer()
    assert status == 422
    assert [each["code"] for each in problem["violations"]] == ["part-unknown" if name == "x" else "part-repeated"]


def test_ten_thousand_headers_in_a_part_are_refused(client: RawClient) -> None:
    client.begin({"Transfer-Encoding": "chunked"})
    client.chunk(b"--b\r\n" + b"X-Header: value\r\n" * 10_000)
    status, problem = client.answer()
    assert (status, problem["code"]) == (400, "malformed")


@pytest.mark.parametrize("content", [b"\r\n--", b"\r\n--c\r\n", b"\r", b"\r\n--b-", b"\r\n--bb"])
def test_content_that_is_almost_a_boundary_holds_nobody_up(client: RawClient, content: bytes) -> None:
    begin_zip(client)
    client.chunk(content * (2 * MIB // len(content)))
    client.chunk(b"\r\n--b--\r\n")
    client.chunk(b"")
    status, problem = client.answer()
    assert (status, problem["code"]) == (422, "invalid-module")


def test_others_are_served_while_a_hundred_clients_stall(uploader: Uploader) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            begin_zip(stack.enter_context(connected(uploader.port)))
        wait_until(lambda: len(uploader.leftovers()) == 200)  # each a folder and its lock
        assert uploader.upload(parts("go.corp.example/pay/meanwhile")).status_code == 201
        assert len(uploader.leftovers()) == 200  # it did not have to wait for any of them


@pytest.mark.parametrize(
    "raw",
    [
        b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /upload HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST /%ff%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /upload?%00=\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_hardly_http_is_no_trouble(client: RawClient, raw: bytes) -> None:
    client.sock.sendall(raw)
    status = client.sock.recv(64).split()[1:2]
    assert not status or status[0].startswith(b"4") or status[0] == b"501"
