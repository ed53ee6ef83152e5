"""Go's idea of letters, printable characters and case: like Python's, but of the Unicode version of the go command."""

import unicodedata


def is_letter(character: str) -> bool:
    """Whether Go's unicode.IsLetter says so."""
    return unicodedata.category(character).startswith("L")


def fold(text: str) -> str:
    """A form that two texts share exactly when they differ in case alone (strings.EqualFold)."""
    return text.casefold()
