"""TOML files that are a list of stanzas, read strictly: every problem is named, with the stanza that has it."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from gomod_service.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Key:
    """What one key of a stanza must be."""

    is_good: Callable[[Any], bool]
    wanted: str  # what is_good asks for, for a person


def read_stanzas(
    data: bytes, table: str, keys: Mapping[str, Key], *, unique: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """All `[[table]]` stanzas. Each has exactly `keys`, "name" among them; those in `unique` differ in every stanza.

    Raises SettingsError with a line for every problem.
    """
    try:
        document = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"  not TOML: {error}") from error
    stanzas = document.pop(table, [])
    problems = [f"  unknown key {key!r}: the file holds [[{table}]] stanzas" for key in document]
    if not isinstance(stanzas, list) or not all(isinstance(stanza, dict) for stanza in stanzas):
        raise SettingsError("\n".join([*problems, f"  {table!r} is not written as [[{table}]] stanzas"]))
    for number, stanza in enumerate(stanzas, 1):
        label = f"{table} {stanza.get('name', f'number {number}')!r}"
        problems += [f"  {label}: {problem}" for problem in _problems(stanza, keys)]
    for key in unique:
        problems += _repeated(table, key, [stanza[key] for stanza in stanzas if key in stanza])
    if problems:
        raise SettingsError("\n".join(problems))
    return stanzas


def _problems(stanza: Mapping[str, Any], keys: Mapping[str, Key]) -> list[str]:
    problems = [f"unknown key {name!r}" for name in stanza if name not in keys]
    for name, key in keys.items():
        if name not in stanza:
            problems.append(f"{name} is missing: it is {key.wanted}")
        elif not key.is_good(stanza[name]):
            problems.append(f"{name} is not {key.wanted}")
    return problems


def _repeated(table: str, key: str, values: list[Any]) -> list[str]:
    twice = dict.fromkeys(str(value) for value in values if values.count(value) > 1)
    return [f"  {key} {value!r} stands in more than one [[{table}]]" for value in twice]


def is_word(value: object) -> TypeGuard[str]:
    """A printable text without spaces."""
    return isinstance(value, str) and value.isprintable() and len(value.split()) == 1 and value == value.strip()


def is_globs(value: object) -> bool:
    """A list of one or more GOPRIVATE globs; a comma would make two of one."""
    return isinstance(value, list) and bool(value) and all(is_word(glob) and "," not in glob for glob in value)


def is_instant(value: object) -> bool:
    """A date-time that says its offset."""
    return isinstance(value, datetime) and value.tzinfo is not None


NAME = Key(is_word, "a word without spaces")
GLOBS = Key(is_globs, 'a list of one or more GOPRIVATE globs, like ["go.corp.example/payments/*"]')
INSTANT = Key(is_instant, "an RFC 3339 date-time with an offset and without quotes, like 2027-01-31T00:00:00Z")
