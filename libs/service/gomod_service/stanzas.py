"""TOML files that are lists of stanzas, read strictly: every problem is named, with the stanza that has it."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

from gomod.errors import InvalidPath
from gomod.module import check_globs
from gomod_service.settings import SettingsError

Stanza = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """What one key of a stanza must be."""

    is_good: Callable[[Any], bool]
    wanted: str  # what is_good asks for, for a person
    required: bool = True
    unique: bool = False  # no two stanzas of a table have the same


def read_stanzas(data: bytes, tables: Mapping[str, Mapping[str, Key]]) -> dict[str, list[Stanza]]:
    """The `[[table]]` stanzas of each of `tables`, whose keys are as its `Key`s say.

    Raises SettingsError with a line for every problem.
    """
    try:
        document = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"  not TOML: {error}") from error
    known = " and ".join(f"[[{table}]]" for table in tables)
    problems = [f"  unknown key {key!r}: the file holds {known} stanzas" for key in document if key not in tables]
    found = {}
    for table, keys in tables.items():
        found[table] = document.get(table, [])
        problems += _table_problems(table, found[table], keys)
    if problems:
        raise SettingsError("\n".join(problems))
    return found


def _table_problems(table: str, stanzas: object, keys: Mapping[str, Key]) -> list[str]:
    if not isinstance(stanzas, list) or not all(isinstance(stanza, dict) for stanza in stanzas):
        return [f"  {table!r} is not written as [[{table}]] stanzas"]
    problems = []
    for number, stanza in enumerate(stanzas, 1):
        label = f"{table} {stanza.get('name', f'number {number}')!r}"
        problems += [f"  {label}: {problem}" for problem in _stanza_problems(stanza, keys)]
    for name, key in keys.items():
        if key.unique:
            problems += _repeated(table, name, [stanza[name] for stanza in stanzas if name in stanza])
    return problems


def _stanza_problems(stanza: Mapping[str, Any], keys: Mapping[str, Key]) -> list[str]:
    problems = [f"unknown key {name!r}" for name in stanza if name not in keys]
    for name, key in keys.items():
        if name not in stanza:
            problems += [f"{name} is missing: it is {key.wanted}"] if key.required else []
        elif not key.is_good(stanza[name]):
            problems.append(f"{name} is not {key.wanted}")
    return problems


def _repeated(table: str, key: str, values: list[Any]) -> list[str]:
    twice = dict.fromkeys(str(value) for value in values if values.count(value) > 1)
    return [f"  {key} {value!r} stands in more than one [[{table}]]" for value in twice]


def is_word(value: object) -> TypeGuard[str]:
    """A printable text without spaces."""
    return isinstance(value, str) and value.isprintable() and value.split() == [value]


def is_globs(value: object) -> bool:
    """A list of one or more GOPRIVATE globs; a comma would make two of one."""
    return isinstance(value, list) and bool(value) and all(map(_is_glob, value))


def _is_glob(value: object) -> bool:
    if not is_word(value) or "," in value:
        return False
    try:
        check_globs(value)
    except InvalidPath:
        return False
    return True


def is_instant(value: object) -> bool:
    """A date-time that says its offset."""
    return isinstance(value, datetime) and value.tzinfo is not None


NAME = Key(is_word, "a word without spaces", unique=True)
GLOBS = Key(is_globs, 'a list of one or more GOPRIVATE globs, like ["go.corp.example/payments/*"]')
INSTANT = Key(is_instant, "an RFC 3339 date-time with an offset and without quotes, like 2027-01-31T00:00:00Z")
