"""A real checksum database on loopback for tests, made of x/mod's own server: it signs, proves, and lies when told to.

Its program is tests/gomod/sumdb/server; go builds it once for each state of its sources.
"""

import base64
import hashlib
import json
import os
import subprocess
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from scripts.local import STATE
from tests.gomod.oracle import GO, go_environment

T = TypeVar("T")

_SOURCES = Path(__file__).parent / "gomod/sumdb/server"
_CACHE = STATE / "tests"


class OracleError(Exception):
    """What x/mod said about something that it refused."""


class SumDatabase:
    """`with SumDatabase() as database:` serves under `database.url` (and `…/sumdb/<name>`) with `database.key`.

    A client of it is configured by name, key and URL; for the go command GOSUMDB is the key, with the URL after a space
    unless a proxy passes the database on.
    """

    def __init__(self, name: str = "sums.example.test") -> None:
        self.name = name
        self.url = ""
        self.key = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "SumDatabase":
        self._process = subprocess.Popen(
            [server_binary(), "-name", self.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        hello = self._next_line()
        self.url, self.key = str(hello["URL"]), str(hello["Key"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.communicate()  # the end of its input is the end of the server

    # What it has

    def add(self, path: str, version: str, zip_h1: str, go_mod_h1: str) -> int:
        """Put a module version on record; the number of the record."""
        return self.ask(int, "add", Path=path, Version=version, Zip=zip_h1, Mod=go_mod_h1)

    def generate(self, count: int) -> None:
        """Put `count` versions on record that nobody has: `generated.example/m<record number>` at v1.0.0."""
        self.tell("generate", Size=count)

    @property
    def size(self) -> int:
        """How many records it has."""
        return self.ask(int, "size")

    def head(self, size: int) -> bytes:
        """The signed head of its first `size` records."""
        return self.ask_bytes("head", Size=size)

    def sign(self, text: str) -> bytes:
        """Any text, signed."""
        return self.ask_bytes("sign", Text=text)

    def get(self, path: str) -> bytes:
        """What it answers, lies included."""
        with urllib.request.urlopen(self.url + path) as answer:
            body: bytes = answer.read()
        return body

    def asked(self) -> list[str]:
        """The paths asked for since the last call, in order."""
        return self.ask(list, "asked")

    # How it lies, until `restore`

    def answer(self, path: str, body: bytes, status: int = 200) -> None:
        """Answer a path with this, whatever is true."""
        self.tell("override", Path=path, Body=base64.b64encode(body).decode(), Status=status)

    def tamper(self, path: str, old: bytes, new: bytes) -> None:
        """Answer a path with `new` in the place of `old`."""
        body = self.get(path)
        assert old in body
        self.answer(path, body.replace(old, new, 1))

    def flip(self, path: str, at: int = 0) -> None:
        """Answer a path with one bit of the truth turned over."""
        body = bytearray(self.get(path))
        body[at] ^= 1
        self.answer(path, bytes(body))

    def truncate(self, path: str, length: int) -> None:
        """Answer a path with the first `length` bytes of the truth."""
        self.answer(path, self.get(path)[:length])

    def serve_old_head(self, size: int) -> None:
        """Sign the tree of `size` records only, as a cache on the way would; everything else stays."""
        self.tell("stale", Size=size)

    def rewind(self, size: int) -> None:
        """Know the first `size` records only; what is added now makes another history."""
        self.tell("rewind", Size=size)

    def fork(self, size: int) -> None:
        """Serve another history, well signed: from record number `size` on the same modules with other hashes."""
        self.tell("fork", Size=size)

    def steal_name(self) -> None:
        """Sign with another key of the same name."""
        self.tell("steal")

    def restore(self) -> None:
        """Tell the truth again, on the honest history."""
        self.tell("restore")

    # The commands of commands.go and oracle.go; each raises OracleError with what x/mod complained of

    def ask(self, kind: type[T], do: str, **fields: object) -> T:
        """The answer to a command, which is of that kind."""
        answer = self._command(do, fields)
        assert isinstance(answer, kind)
        return answer

    def ask_bytes(self, do: str, **fields: object) -> bytes:
        """The answer to a command that gives bytes (Go's encoding/json writes them as base64)."""
        return base64.b64decode(self.ask(str, do, **fields))

    def tell(self, do: str, **fields: object) -> None:
        """Carry out a command that has no answer."""
        self._command(do, fields)

    def _command(self, do: str, fields: dict[str, object]) -> object:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"Do": do, **fields}).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._next_line()
        if "Error" in answer:
            raise OracleError(answer["Error"])
        return answer["Answer"]

    def _next_line(self) -> dict[str, object]:
        assert self._process is not None
        assert self._process.stdout is not None
        line: dict[str, object] = json.loads(self._process.stdout.readline())
        return line


def server_binary() -> Path:
    """The database's program, built unless that was done before for the same sources."""
    digest = hashlib.sha256()
    for source in sorted([*_SOURCES.glob("*.go"), *_SOURCES.glob("go.*")]):
        digest.update(source.read_bytes())
    binary = _CACHE / f"sumdb-server-{digest.hexdigest()[:16]}"
    if not binary.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        unfinished = binary.with_suffix(f".{os.getpid()}")  # another process of pytest may be building it too
        subprocess.run(
            [GO, "build", "-buildvcs=false", "-o", unfinished, "."], cwd=_SOURCES, env=go_environment(), check=True
        )
        unfinished.rename(binary)
    return binary
