"""golang.org/x/mod itself, asked over a pipe: the Go program in xmod/, built with the real go."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scripts.local.venv import tool

SOURCE = Path(__file__).parent / "xmod"
GO = tool("go")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call: an error, or a value (None where there is none to give)."""

    ok: bool
    value: object = None

    @property
    def fields(self) -> dict[str, object]:
        """The value, where it is an object."""
        assert isinstance(self.value, dict)
        return self.value


def go_environment() -> dict[str, str]:
    """What go is run with: none of the developer's settings but the module mirror."""
    proxy = os.environ.get("TESTS_OUTER_GOPROXY")  # tests/conftest.py clears GOPROXY, and keeps it under this name
    outer = {name: value for name, value in os.environ.items() if not name.startswith("GO") or name == "GOPROXY"}
    return outer | {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"} | ({"GOPROXY": proxy} if proxy else {})


def build(folder: Path) -> Path:
    """Compile the program into `folder`; go.sum says what golang.org/x/mod must be, wherever it comes from."""
    program = folder / "xmod"
    subprocess.run([GO, "build", "-o", program, "."], cwd=SOURCE, env=go_environment(), check=True, timeout=600)
    return program


class Oracle:
    """The running program."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests = requests
        self._answers = answers

    def ask(self, *calls: tuple[object, ...]) -> list[Answer]:
        """Carry out calls, each a function's name and its arguments, in one round trip."""
        self._requests.write(json.dumps(_encoded(calls)) + "\n")
        self._requests.flush()
        return [Answer(answer["ok"], _decoded(answer.get("value"))) for answer in json.loads(self._answers.readline())]

    def ask_one(self, *call: object) -> Answer:
        """Carry out one call."""
        return self.ask(call)[0]


@contextmanager
def running(program: Path) -> Iterator[Oracle]:
    """Start the program, and end it by closing its standard input."""
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield Oracle(process.stdin, process.stdout)
        process.stdin.close()


def _encoded(value: object) -> object:
    """The bytes of every text, a lone surrogate standing for a foreign byte, each as one character."""
    match value:
        case str():
            return value.encode("utf-8", "surrogateescape").decode("latin-1")
        case bytes():
            return value.decode("latin-1")
        case list() | tuple():
            return [_encoded(item) for item in value]
    return value


def _decoded(value: object) -> object:
    match value:
        case str():
            return value.encode("latin-1").decode("utf-8", "surrogateescape")
        case list():
            return [_decoded(item) for item in value]
        case dict():
            return {key: _decoded(item) for key, item in value.items()}
    return value
