"""Sending a version and reading it back, and what is tried again."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from gomod.errors import AlreadyExists, NotFound, UpstreamError
from gomod_publish.credentials import GivenToken, TokenFile
from gomod_publish.errors import Refused, TryAgain
from gomod_publish.packed import Packed
from gomod_publish.patience import PAUSES_SECONDS
from gomod_publish.registry import Registry
from gomod_publish.settings import RegistrySettings
from tests.publish.registry import TOKEN, URL, FakeRegistry, garbled, problem

SETTINGS = RegistrySettings(URL, GivenToken(TOKEN))


class Waiting:
    """What a registry was told to wait and what it said about it, without any waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.said: list[str] = []


@pytest.fixture
def waiting() -> Waiting:
    """Nothing waited yet."""
    return Waiting()


@pytest.fixture
def registry(waiting: Waiting) -> Iterator[Registry]:
    """A registry that is tried again at once."""
    with Registry(SETTINGS, say=waiting.said.append, pause=waiting.seconds.append) as made:
        yield made


def ignore(_: int) -> None:
    """No progress is shown."""


def test_the_form_has_the_five_parts_and_the_token(fake: FakeRegistry, registry: Registry, packed: Packed) -> None:
    assert registry.upload(packed, ignore).is_new
    assert fake.uploads == [
        {
            "module": b"go.example.test/x",
            "version": b"v1.0.0",
            "info": packed.file("info").read_bytes(),
            "mod": packed.file("mod").read_bytes(),
            "zip": packed.file("zip").read_bytes(),
        }
    ]
    assert "Content-Length" in fake.requests[0].headers


def test_what_the_registry_finds_odd_is_told(fake: FakeRegistry, registry: Registry, packed: Packed) -> None:
    warnings = [{"code": "file-large", "message": "model.bin has 6000000 bytes"}, {"code": "x", "message": "y"}]
    fake.failures.append(httpx.Response(201, json={"warnings": warnings}))
    assert registry.upload(packed, ignore).warnings == ("model.bin has 6000000 bytes", "y")


def test_a_token_is_asked_for_with_every_attempt(fake: FakeRegistry, packed: Packed, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old\n")

    def renew(_: float) -> None:
        file.write_text(f"{TOKEN}\n")

    fake.failures.append(httpx.Response(503))
    with Registry(RegistrySettings(URL, TokenFile(file)), say=lambda _: None, pause=renew) as registry:
        assert registry.upload(packed, ignore).is_new


def test_the_same_again_is_a_success(fake: FakeRegistry, registry: Registry, packed: Packed) -> None:
    assert registry.upload(packed, ignore).is_new
    assert not registry.upload(packed, ignore).is_new
    assert len(fake.uploads) == 2


def test_progress_counts_the_bytes_of_the_zip_and_starts_again_with_each_attempt(
    fake: FakeRegistry, registry: Registry, packed: Packed
) -> None:
    fake.failures.append(httpx.Response(503))
    told: list[int] = []
    registry.upload(packed, told.append)
    size = packed.file("zip").stat().st_size
    assert max(told) == size
    assert told.count(size) >= 2


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError(""),
        httpx.WriteError("broken pipe"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("gone"),
        problem(408, "too-slow", "the body trickles in"),
        httpx.Response(429, text="too many requests"),
        httpx.Response(502, text="bad gateway"),
        httpx.Response(503),
        httpx.Response(504),
    ],
)
def test_what_may_pass_is_tried_again(
    fake: FakeRegistry, registry: Registry, packed: Packed, waiting: Waiting, failure: httpx.Response | Exception
) -> None:
    fake.failures += [failure, failure]
    assert registry.upload(packed, ignore).is_new
    assert waiting.seconds == list(PAUSES_SECONDS[:2])
    assert all("trying again in" in line for line in waiting.said)


@pytest.mark.parametrize("status", [201, 200, 403, 502])
def test_an_answer_that_can_not_be_unpacked_is_a_trouble_that_may_pass(
    fake: FakeRegistry, registry: Registry, packed: Packed, waiting: Waiting, tmp_path: Path, status: int
) -> None:
    fake.failures.append(garbled(status))
    assert registry.upload(packed, ignore).is_new
    fake.failures.append(garbled(status))
    registry.fetch(packed.module, "zip", tmp_path / "zip")
    assert (tmp_path / "zip").read_bytes() == packed.file("zip").read_bytes()
    fake.failures.append(garbled(status))
    registry.ask(f"{URL}/healthz")
    assert waiting.seconds == [PAUSES_SECONDS[0]] * 3
    assert all(URL in line and "answered what can't be unpacked: " in line for line in waiting.said)


def test_an_upload_whose_answer_was_lost_is_a_success(fake: FakeRegistry, registry: Registry, packed: Packed) -> None:
    registry.upload(packed, ignore)
    fake.failures.append(httpx.ReadError("the answer was lost"))
    assert not registry.upload(packed, ignore).is_new


def test_patience_has_an_end(fake: FakeRegistry, registry: Registry, packed: Packed, waiting: Waiting) -> None:
    fake.failures += [httpx.ConnectError("refused")] * 99
    with pytest.raises(TryAgain, match=r"https://go\.example\.test is out of reach: refused"):
        registry.upload(packed, ignore)
    assert waiting.seconds == list(PAUSES_SECONDS)


@pytest.mark.parametrize(("asked", "waited"), [("5", 5.0), ("0", PAUSES_SECONDS[0]), ("3600", 30.0), ("soon", 0.5)])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_within_reason(
    fake: FakeRegistry, registry: Registry, packed: Packed, waiting: Waiting, status: int, asked: str, waited: float
) -> None:
    fake.failures.append(httpx.Response(status, headers={"Retry-After": asked}))
    registry.upload(packed, ignore)
    assert waiting.seconds == [waited]


@pytest.mark.parametrize("status", [500, 507])
def test_trouble_of_the_registry_that_will_not_pass_is_not_tried_again(
    fake: FakeRegistry, registry: Registry, packed: Packed, waiting: Waiting, status: int
) -> None:
    fake.failures.append(problem(status, "store-full", "the volume has no room"))
    with pytest.raises(UpstreamError, match=f"answered {status}: the volume has no room"):
        registry.upload(packed, ignore)
    assert waiting.seconds == []


def test_a_conflict_names_both_hashes_and_what_to_do(fake: FakeRegistry, registry: Registry, packed: Packed) -> None:
    fake.failures.append(problem(409, "already-exists", "no", stored_h1="h1:theirs=", offered_h1=packed.h1))
    with pytest.raises(AlreadyExists, match="a new tag, or a new commit") as refused:
        registry.upload(packed, ignore)
    assert (refused.value.stored_h1, refused.value.offered_h1) == ("h1:theirs=", packed.h1)
    assert "h1:theirs=" in str(refused.value)
    assert packed.h1 in str(refused.value)


def test_broken_rules_come_back_as_the_registry_found_them(
    fake: FakeRegistry, registry: Registry, packed: Packed
) -> None:
    violations = [{"code": "path-invalid", "message": "bad path"}, {"code": "too-big", "message": "too big"}]
    fake.failures.append(problem(422, "invalid-module", "bad path; too big", violations=violations))
    with pytest.raises(Refused, match=r"was refused \(422\): bad path; too big") as refused:
        registry.upload(packed, ignore)
    assert [each.code for each in refused.value.violations] == ["path-invalid", "too-big"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (problem(401, "unauthenticated", "no such token"), "is the token one of this registry"),
        (problem(403, "forbidden", "the token is for a.b/*"), "the token is for a.b/"),
        (httpx.Response(404, text="<html>\n  no\n</html>"), "<html> no </html> (is GO_REGISTRY_URL"),
        (httpx.Response(308, headers={"Location": "https://new.test/upload"}), "redirected to https://new.test/upload"),
        (httpx.Response(413, content=b"x" * 10_000), "x" * 2000),
        (httpx.Response(422, content=b"[1", headers={"Content-Type": "application/problem+json"}), "[1"),
    ],
)
def test_a_refusal_says_what_to_do_in_one_line(
    fake: FakeRegistry, registry: Registry, packed: Packed, answer: httpx.Response, told: str
) -> None:
    fake.failures.append(answer)
    with pytest.raises(Refused) as refused:
        registry.upload(packed, ignore)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 2200
    assert len(fake.requests) == 1


def test_the_token_goes_to_uploads_only(fake: FakeRegistry, registry: Registry, packed: Packed, tmp_path: Path) -> None:
    registry.upload(packed, ignore)
    registry.fetch(packed.module, "mod", tmp_path / "mod")
    assert "Authorization" not in fake.requests[-1].headers


def test_a_file_that_is_not_there_yet_is_asked_for_again(
    fake: FakeRegistry, registry: Registry, packed: Packed, tmp_path: Path
) -> None:
    registry.upload(packed, ignore)
    fake.failures += [httpx.Response(404), httpx.Response(429), httpx.Response(503), httpx.ReadError("")]
    registry.fetch(packed.module, "zip", tmp_path / "zip")
    assert (tmp_path / "zip").read_bytes() == packed.file("zip").read_bytes()


def test_a_file_that_is_never_there_is_not_found(
    fake: FakeRegistry, registry: Registry, packed: Packed, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="nobody has published it"):
        registry.fetch(packed.module, "zip", tmp_path / "zip")
    assert len(fake.requests) == len(PAUSES_SECONDS) + 1


def test_a_huge_upload_needs_little_memory(tmp_path: Path) -> None:
    size = 200 * 1024 * 1024

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            left = int(self.headers["Content-Length"])
            while left:
                left -= len(self.rfile.read(min(left, 1024 * 1024)))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    base = tmp_path / "go.example.test/x/@v"
    base.mkdir(parents=True)
    for kind in ("info", "mod", "zip"):
        (base / f"v1.0.0.{kind}").write_bytes(b"")
    with (base / "v1.0.0.zip").open("wb") as file:
        file.truncate(size)
    with HTTPServer(("127.0.0.1", 0), Sink) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            program = _UPLOAD.format(url=f"http://127.0.0.1:{server.server_port}", folder=str(tmp_path))
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        finally:
            server.shutdown()
            thread.join()
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) * 1024 < 100 * 1024 * 1024


_UPLOAD = """
from datetime import UTC, datetime
from pathlib import Path
from gomod.info import Info
from gomod.module import ModuleVersion
from gomod_publish.credentials import GivenToken
from gomod_publish.packed import Packed
from gomod_publish.registry import Registry
from gomod_publish.settings import RegistrySettings

module = ModuleVersion("go.example.test/x", "v1.0.0")
packed = Packed(module, Path({folder!r}), Info("v1.0.0", datetime.now(UTC)), "h1:", "h1:")
with Registry(RegistrySettings({url!r}, GivenToken("t")), say=print) as registry:
    registry.upload(packed, lambda _: None)
# Not ru_maxrss: a child is born with its parent's.
print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
"""
