"""Go's idea of letters, printable characters and case: like Python's, but of the Unicode version of the go command."""

import unicodedata


def is_letter(character: str) -> bool:
    """Whether Go's unicode.IsLetter says so."""
    return unicodedata.category(character).startswith("L")


def fold(text: str) -> str:
    """A form that two texts share exactly when they differ in case alone (strings.EqualFold)."""
    return text.casefold()


def is_print(character: str) -> bool:
    """Whether Go's unicode.IsPrint says so; a lone surrogate stands for a foreign byte, which Go sees as U+FFFD."""
    category = unicodedata.category(character)
    return character == " " or category[0] in "LMNPS" or category == "Cs"
