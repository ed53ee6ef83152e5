"""Putting texts together and spoiling them: most faults of the real world are a character too many or another one.

Ten thousand examples of a property have to be cheap, and what they cost is the number of hypothesis' choices. So a text
is one choice, of a number that picks a word of each list.
"""

import string
from collections.abc import Sequence

from hypothesis import strategies as st

FOREIGN_BYTES = "\udcff\udc80"  # bytes that are not UTF-8, as lone surrogates
LATE_LETTERS = "\u1c89\ua7dc\U00016ec0"  # of Unicode versions that some Pythons do not know
FOLDING = "\u212a\u017f\u0130\u0131\u00df\u1e9e\u03c2\u03c3\u01c5"  # the same but for case as ASCII, as others, as none
BLANKS = "\u00a0\u2003\x1c\x85\x00\x7f"  # some are white space for Go, some for Python, some for nobody
OTHERS = "\u0301\U0001f600\ufffd"  # a mark, an emoji, what Go reads for a foreign byte
ODD = FOREIGN_BYTES + LATE_LETTERS + FOLDING + BLANKS + OTHERS
ANYTHING = string.printable.strip() + " " + ODD

_PLACES = 60
_MOST = 1 << 24  # above it hypothesis prefers small numbers


def words(text: str) -> list[str]:
    """The words between blanks; two blanks in a row have the empty word between them."""
    return text.split(" ")


def combined(*lists: Sequence[str], by: str = "") -> st.SearchStrategy[str]:
    """One word of each list, in order. Failing examples shrink to the first words."""
    count, fitting = 1, 0
    while fitting < len(lists) and (count := count * len(lists[fitting])) <= _MOST:
        fitting += 1
    if fitting < len(lists):
        return st.builds(
            lambda *parts: by.join(parts), combined(*lists[:fitting], by=by), combined(*lists[fitting:], by=by)
        )

    def pick(number: int) -> str:
        picked = []
        for choices in lists:
            number, index = divmod(number, len(choices))
            picked.append(choices[index])
        return by.join(picked)

    return st.integers(0, count - 1).map(pick)


def spoiled(texts: st.SearchStrategy[str], alphabet: str = ANYTHING) -> st.SearchStrategy[str]:
    """The texts, half of them with a character put in or, instead of one or two others, replaced."""
    edits = _PLACES * 3 * len(alphabet)

    def spoil(text: str, number: int) -> str:
        number -= edits
        if number < 0:
            return text
        number, place = divmod(number, _PLACES)
        character, removed = divmod(number, 3)
        position = place % (len(text) + 1)
        return text[:position] + alphabet[character] + text[position + removed :]

    return st.builds(spoil, texts, st.integers(0, 2 * edits - 1))
