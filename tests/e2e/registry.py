"""The whole registry as real processes on a volume of its own, started by scripts/up's own parts."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from scripts.local import ROOT
from scripts.local.environment import read_environment
from scripts.local.publish import publish_sample
from scripts.local.stack import BINDS, Stack
from scripts.local.up import REQUIRED
from scripts.local.upload_token import upload_token
from tests.ports import free_port

PRIVATE = "go.packages.dev.ameide.io"
SAMPLE = f"{PRIVATE}/ameide-sdk-go"
UUID = "github.com/google/uuid"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry and what it logs."""

    values: dict[str, str]
    stack: Stack
    token: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return self.values["GOMOD_PUBLIC_URL"]

    @property
    def volume(self) -> Path:
        """The volume's folder."""
        return Path(urlsplit(self.values["GOMOD_STORAGE_URL"]).path)

    def get(self, path: str) -> Answer:
        """GET through the gateway."""
        return fetch(self.url, path)

    def publish_sample(self) -> str:
        """Publish examples/ameide-sdk-go with gomod-publish; returns its version."""
        return publish_sample(self.values, self.token)

    def logged(self, name: str) -> list[dict[str, object]]:
        """What one service logged so far, one document a line."""
        return [json.loads(line) for process, line in self.lines if process == name]


def fetch(url: str, path: str, *, timeout: float = 60) -> Answer:
    """One GET of `path` below the base URL, on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def local_values(state: Path, upstreams: str, **changes: str) -> dict[str, str]:
    """The values of environments/local.env, but on free ports and with all that is kept in `state`."""
    values = read_environment(ROOT / "environments" / "local.env", given={"ROOT": str(ROOT)}, required=REQUIRED)
    binds = {name: f"127.0.0.1:{free_port()}" for name in BINDS}
    url = f"http://{binds['GATEWAY_BIND']}"
    places = {
        "STATE": str(state),
        "GOMOD_STORAGE_URL": f"file://{state}/volume",
        "GOMOD_UPLOAD_TOKENS_FILE": f"{state}/upload-tokens.toml",
        "GOMOD_PUBLIC_URL": url,
        "GO_REGISTRY_URL": url,
        "GOMOD_UPSTREAMS": upstreams,
        "GOMOD_LOG_FORMAT": "json",
    }
    return values | binds | places | changes


@contextmanager
def prepared_registry(values: dict[str, str]) -> Iterator[Registry]:
    """A registry of which nothing runs yet; what a test starts is stopped at the end."""
    state = Path(values["STATE"])
    state.mkdir(parents=True, exist_ok=True)
    tokens_file = Path(values["GOMOD_UPLOAD_TOKENS_FILE"])
    token = upload_token(tokens_file, state / "upload-token", values["GOMOD_PRIVATE_PATTERNS"])
    lines: list[tuple[str, str]] = []
    try:
        with Stack(values, lambda name, line: lines.append((name, line))) as stack:
            yield Registry(values, stack, token, lines)
    finally:
        for name, line in lines:  # pytest shows them when the test failed
            print(name, "|", line)


@contextmanager
def running_registry(values: dict[str, str]) -> Iterator[Registry]:
    """A registry that is ready."""
    with prepared_registry(values) as registry:
        registry.stack.start()
        yield registry
