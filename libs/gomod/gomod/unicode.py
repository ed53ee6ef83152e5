"""Go's idea of letters, printable characters and case.

Not Python's unicodedata: what a module may contain must not depend on the Python that the registry runs on, and each
Python has another Unicode version than go. The tables are go's own (see unicode_tables), so a name that this registry
takes is one that the go command of the same Unicode version takes.
"""

import re
import string
from bisect import bisect_right
from functools import cache

from gomod.unicode_tables import FOLDS, LETTERS, PRINTABLE

_FOLD_RUN = re.compile(r"(?P<first>[0-9a-f]+)(?:-(?P<last>[0-9a-f]+))?(?P<step>/2)?:(?P<distance>[0-9a-f]+)")


def is_letter(character: str) -> bool:
    """Whether Go's unicode.IsLetter says so."""
    return _holds(_bounds(LETTERS), ord(character))


def is_print(character: str) -> bool:
    """Whether Go's unicode.IsPrint says so; a lone surrogate stands for a foreign byte, which Go sees as U+FFFD."""
    return "\ud800" <= character <= "\udfff" or _holds(_bounds(PRINTABLE), ord(character))


def fold(text: str) -> str:
    """A form that two texts share exactly when they differ in case alone (strings.EqualFold).

    Neither str.lower nor str.casefold: Go folds one character to one, so that `ß` is `ẞ` and not `ss`.
    """
    return text.lower() if text.isascii() else text.translate(_folds())


def _holds(bounds: list[int], character: int) -> bool:
    # The bounds alternate: the first character of a run, the first one behind it.
    return bisect_right(bounds, character) % 2 == 1


@cache
def _bounds(table: str) -> list[int]:
    bounds: list[int] = []
    for run in table.split():
        first, _, last = run.partition("-")
        bounds += [int(first, 16), int(last or first, 16) + 1]
    return bounds


@cache
def _folds() -> dict[int, int]:
    """What stands for each character that is not its own fold: the smallest of its fold, but in lower case."""
    folds = {ord(upper): ord(upper.lower()) for upper in string.ascii_uppercase}
    for run in _FOLD_RUN.finditer(FOLDS):
        first, step, distance = int(run["first"], 16), 2 if run["step"] else 1, int(run["distance"], 16)
        for character in range(first, int(run["last"] or run["first"], 16) + 1, step):
            smallest = character - distance
            folds[character] = folds.get(smallest, smallest) if smallest < 0x80 else smallest
    return folds
