"""Writes libs/gomod/gomod/unicode_tables.py: the tables of characters of the go that .venv brings."""

import textwrap
from collections.abc import Iterable
from itertools import pairwise

from scripts.local import ROOT
from tests.gomod.oracle import Oracle

TARGET = ROOT / "libs/gomod/gomod/unicode_tables.py"

_HEAD = '''\
"""Which characters go takes for letters, prints, and takes for the same but for case. Made by scripts/vectors.

Each table lists runs of characters, in hexadecimal: `a-z` from a to z, `a-z/2` every second one of them. `:20` behind a
run of FOLDS says how far below each character the smallest one is that differs from it in case alone.
"""

'''


def write(oracle: Oracle) -> None:
    """Replace the file."""
    versions, letters, printable, folds = (
        answer.value for answer in oracle.ask(("versions",), ("letters",), ("printable",), ("folds",))
    )
    assert isinstance(versions, dict)
    TARGET.write_text(
        _HEAD
        + f'VERSION = "{versions["unicode"]}"\n\n'
        + _table("LETTERS", _runs(_flat(letters)))
        + "\n"
        + _table("PRINTABLE", _runs(_flat(printable)))
        + "\n"
        + _table("FOLDS", _fold_runs(_pairs(folds)))
    )


def _pairs(value: object) -> list[tuple[int, int]]:
    assert isinstance(value, list)
    return [(first, second) for first, second in value]


def _flat(value: object) -> list[int]:
    return [character for first, last in _pairs(value) for character in range(first, last + 1)]


def _runs(characters: list[int]) -> list[str]:
    """The runs of step 1."""
    runs: list[list[int]] = []
    for character in characters:
        if runs and runs[-1][1] == character - 1:
            runs[-1][1] = character
        else:
            runs.append([character, character])
    return [f"{first:x}" if first == last else f"{first:x}-{last:x}" for first, last in runs]


def _fold_runs(pairs: list[tuple[int, int]]) -> list[str]:
    """The runs of step 1 or 2 whose characters are all as far from their smallest."""
    runs: list[list[int]] = []  # first, last, step (0 while it is one character), distance to the smallest
    for character, smallest in pairs:
        distance = character - smallest
        if runs and runs[-1][3] == distance:
            _, last, step, _ = runs[-1]
            if character - last in ((1, 2) if step == 0 else (step,)):
                runs[-1][1:3] = [character, character - last]
                continue
        runs.append([character, character, 0, distance])
    return [
        f"{first:x}{f'-{last:x}' if last > first else ''}{'/2' if step == 2 else ''}:{distance:x}"
        for first, last, step, distance in runs
    ]


def _table(name: str, runs: Iterable[str]) -> str:
    lines = textwrap.wrap(" ".join(runs), 112, break_long_words=False, break_on_hyphens=False)
    body = "".join(f'    "{line}{"" if is_last else " "}"\n' for line, is_last in _with_last(lines))
    return f"{name} = (\n{body})\n"


def _with_last(lines: list[str]) -> list[tuple[str, bool]]:
    return [(line, False) for line, _ in pairwise(lines)] + [(lines[-1], True)]
