"""Spoiling good texts: most faults of the real world are a character too many, too few or another one."""

import string

from hypothesis import strategies as st

FOREIGN_BYTES = "\udcff\udc80"  # bytes that are not UTF-8, as lone surrogates
LATE_LETTERS = "\u1c89\ua7dc\U00016ec0"  # of Unicode versions that some Pythons do not know
FOLDING = "\u212a\u017f\u0130\u0131\u00df\u1e9e\u03c2\u03c3\u01c5"  # the same but for case as ASCII, as others, as none
BLANKS = "\u00a0\u2003\x1c\x85\x00\x7f"  # some are white space for Go, some for Python, some for nobody
OTHERS = "\u0301\U0001f600\ufffd"  # a mark, an emoji, what Go reads for a foreign byte
ODD = FOREIGN_BYTES + LATE_LETTERS + FOLDING + BLANKS + OTHERS
ANYTHING = string.printable.strip() + " " + ODD


def one(words: str) -> st.SearchStrategy[str]:
    """One of the words, which stand between blanks."""
    return st.sampled_from(words.split(" "))


def spoiled(texts: st.SearchStrategy[str], alphabet: str = ANYTHING) -> st.SearchStrategy[str]:
    """The texts, half of them with up to three characters put in or replaced."""
    edit = st.tuples(st.integers(0, 60), st.integers(0, 2), st.sampled_from(alphabet))

    def spoil(text: str, edits: list[tuple[int, int, str]]) -> str:
        for place, removed, put in edits:
            position = place % (len(text) + 1)
            text = text[:position] + put + text[position + removed :]
        return text

    return st.one_of(texts, st.builds(spoil, texts, st.lists(edit, min_size=1, max_size=3)))


def joined(*parts: st.SearchStrategy[str], by: str = "") -> st.SearchStrategy[str]:
    """One text of each kind, in order."""
    return st.tuples(*parts).map(by.join)
