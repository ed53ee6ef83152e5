"""The input of x/mod's own tests: the string literals of its tables and its archives of files."""

import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.gomod.oracle import GO, SOURCE, Oracle, go_environment


@dataclass(frozen=True, slots=True)
class Archive:
    """A txtar file of x/mod's: what stands before the files, and the files."""

    settings: dict[str, str]  # path, version…
    files: list[tuple[str, str]]


@functools.cache
def source() -> Path:
    """Where the module cache has golang.org/x/mod."""
    command: list[str | Path] = [GO, "list", "-m", "-f", "{{.Dir}}", "golang.org/x/mod"]
    listed = subprocess.run(command, cwd=SOURCE, env=go_environment(), check=True, capture_output=True, text=True)
    return Path(listed.stdout.strip())


def literals(oracle: Oracle, *names: str) -> list[str]:
    """The string literals of some of x/mod's files, in order."""
    found: list[str] = []
    for name in names:
        value = oracle.ask_one("literals", str(source() / name)).value
        assert isinstance(value, list)
        found += [literal for literal in value if "%" not in literal]  # not what the tests print
    return found


def archives(folder: str) -> list[Archive]:
    """The txtar files of one of x/mod's folders."""
    return [_archive(path.read_bytes()) for path in sorted((source() / folder).glob("*.txt"))]


def _archive(data: bytes) -> Archive:
    text = data.decode("utf-8", "surrogateescape")
    head, *parts = f"\n{text}".split("\n-- ")
    files = []
    for part in parts:
        name, _, content = part.partition(" --\n")
        files.append((name, content + "\n" if content else ""))
    settings = dict(line.split("=", 1) for line in head.split("\n") if "=" in line)
    return Archive(settings, [(name, content) for name, content in files if name != "want"])
