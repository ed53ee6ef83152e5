"""What the commands read: the variables of the proxy, from its environment or from a file."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gomod_service.settings import SettingsError, parse_patterns, required
from gomod_storage import Store
from gomod_storage.caretaker import Caretaker
from gomod_storage.open import open_caretaker, open_store

T = TypeVar("T")

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_UNITS = ("", "KiB", "MiB", "GiB", "TiB")
_SIZE = re.compile(r"(?P<number>[0-9]+) ?(?P<unit>KiB|MiB|GiB|TiB)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """The store, and which modules in it are ours: the services' own variables."""

    storage_url: str = required(
        "GOMOD_STORAGE_URL", str, "where the modules are kept: file:///folder or s3://bucket/prefix?staging=/folder"
    )
    private_patterns: str = required(
        "GOMOD_PRIVATE_PATTERNS", parse_patterns, "GOPRIVATE globs of our own modules, comma separated"
    )


def read_environ(file: Path | None) -> Mapping[str, str]:
    """The environment, or the NAME=value lines of a file instead; `#` begins a comment line.

    Raises SettingsError naming every line that is wrong.
    """
    if file is None:
        return os.environ
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} can't be read: {error}") from error
    values: dict[str, str] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if equals and _NAME.fullmatch(name):
            values[name] = value
        else:
            problems.append(f"{file}:{number}: expected NAME=value, found {line!r}")
    if problems:
        raise SettingsError("\n".join(problems))
    return values


def open_named_store(url: str) -> Store:
    """The store of GOMOD_STORAGE_URL, which is not started: nothing is made or repaired. Raises SettingsError."""
    return _open(open_store, url)


def open_named_caretaker(url: str) -> Caretaker:
    """What looks after that store. Raises SettingsError."""
    return _open(open_caretaker, url)


def _open(how: Callable[[str], T], url: str) -> T:
    try:
        return how(url)
    except ValueError as error:
        raise SettingsError(f"GOMOD_STORAGE_URL is wrong: {error}") from error


def parse_bytes(text: str) -> int:
    """A size like 500MiB, 20GiB or 1000000. Raises ValueError."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no size: expected a number of bytes, or one with KiB, MiB, GiB or TiB behind it")
    return int(match["number"]) << 10 * _UNITS.index(match["unit"] or "")
