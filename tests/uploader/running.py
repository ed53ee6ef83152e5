"""The uploader as a process of its own, on a free port, with a store and tokens of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from gomod_service.tokens import digest
from tests.ports import free_port, wait_until_started

PUBLIC_URL = "http://go.corp.example"
TOKEN = "gomod_may-publish-all-of-pay"
EXPIRED = "gomod_has-expired"

TOKENS = f"""
[[token]]
name = "pay"
sha256 = "{digest(TOKEN)}"
modules = ["go.corp.example/pay/*", "elsewhere.example/*"]
scopes = ["publish"]
expires = 2999-01-01T00:00:00Z

[[token]]
name = "old"
sha256 = "{digest(EXPIRED)}"
modules = ["go.corp.example/*"]
scopes = ["publish"]
expires = 2020-01-01T00:00:00Z
"""


@dataclass(frozen=True)
class Uploader:
    """A running uploader and its client."""

    process: "subprocess.Popen[bytes]"
    client: httpx.Client
    root: Path  # of its store
    tokens_file: Path
    port: int

    def upload(self, parts: Mapping[str, bytes], token: str = TOKEN) -> httpx.Response:
        """Publish these parts."""
        return self.post(parts, token=token)

    def post(self, parts: Mapping[str, bytes], query: str = "", token: str = TOKEN) -> httpx.Response:
        """POST these parts as files, in their order."""
        files = {name: (name, data) for name, data in parts.items()}
        return self.client.post(f"/upload{query}", files=files, headers=bearer(token))

    def audit(self) -> list[dict[str, str]]:
        """The entries of the audit log, oldest first."""
        files = sorted((self.root / ".audit").glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def leftovers(self) -> list[str]:
        """What lies in the store's staging area."""
        return sorted(path.name for path in (self.root / ".staging").iterdir())

    def peak_memory(self) -> int:
        """The most bytes that the process ever had in memory (VmHWM)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Return once `condition` is true; fail when that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def bearer(token: str) -> dict[str, str]:
    """The headers that carry a token."""
    return {"authorization": f"Bearer {token}"}


def environment(folder: Path, root: Path) -> dict[str, str]:
    """What the uploader must be told, with a token file in `folder` and its store in `root`."""
    tokens_file = folder / "tokens.toml"
    tokens_file.write_text(TOKENS)
    return {
        "PATH": os.environ["PATH"],
        "GOMOD_BIND": f"127.0.0.1:{free_port()}",
        "GOMOD_ADMIN_BIND": f"127.0.0.1:{free_port()}",
        "GOMOD_STORAGE_URL": root.as_uri(),
        "GOMOD_PRIVATE_PATTERNS": "go.corp.example/*",
        "GOMOD_PUBLIC_URL": PUBLIC_URL,
        "GOMOD_LOG_LEVEL": "info",
        "GOMOD_LOG_FORMAT": "json",
        "GOMOD_UPLOAD_TOKENS_FILE": str(tokens_file),
    }


@contextmanager
def running(folder: Path, root: Path, *wrapper: str, **more: str) -> Iterator[Uploader]:
    """Start an uploader that keeps modules in `root`; its log goes to uploader.log in `folder`.

    `wrapper` is a command that ends in running the one behind it; `more` are environment variables.
    """
    environ = environment(folder, root) | more
    port = int(environ["GOMOD_BIND"].rpartition(":")[2])
    with (
        (folder / "uploader.log").open("ab") as log,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        subprocess.Popen([*wrapper, sys.executable, "-m", "gomod_uploader"], env=environ, stderr=log) as process,
    ):
        try:
            wait_until_started(port, lambda: process.poll() is None)
            yield Uploader(process, client, root, folder / "tokens.toml", port)
        finally:
            process.kill()
