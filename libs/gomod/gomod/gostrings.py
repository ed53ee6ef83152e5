"""What Go's strings and strconv do with bytes, white space and quotes, where Python's own functions do otherwise."""

import re

WHITE_SPACE = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What unicode.IsSpace takes for space; str.strip() without arguments would take four control characters more."""

_SPACES = re.compile(f"[{WHITE_SPACE}]+")

_SIMPLE_ESCAPES = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34}
_QUOTED_STOP = re.compile(r'["\\\n]')
_ESCAPE = re.compile(
    r"\\(?:(?P<simple>[abfnrtv\\\"])|(?P<octal>[0-7]{3})|x(?P<byte>[0-9A-Fa-f]{2})"
    r"|u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8}))"
)


def to_bytes(text: str) -> bytes:
    """The bytes that a text stands for: UTF-8, and one byte for each lone surrogate of errors="surrogateescape"."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")  # one that stands for no byte: no UTF-8 either way


def trim_space(text: str) -> str:
    """strings.TrimSpace."""
    return text.strip(WHITE_SPACE)


def fields(text: str) -> list[str]:
    """strings.Fields."""
    return [field for field in _SPACES.split(text) if field]


def quoted_end(text: str, start: int) -> int:
    """Where the string with its opening double quote at `start` ends; -1 when its line or the text ends before."""
    position = start + 1
    while stop := _QUOTED_STOP.search(text, position):
        if stop[0] != "\\":
            return stop.end() if stop[0] == '"' else -1
        position = stop.end() + 1
    return -1


def unquote(text: str) -> str:
    """The string that a Go literal in double quotes or back quotes stands for (strconv.Unquote).

    Bytes that are not UTF-8 stand as lone surrogates in text and result. Raises ValueError for no such literal.
    """
    if text.startswith("`"):
        if text.find("`", 1) != len(text) - 1:
            raise ValueError(f"{text!r} is not a string in back quotes")
        return text[1:-1].replace("\r", "")
    if not text.startswith('"') or quoted_end(text, 0) != len(text):
        raise ValueError(f"{text!r} is not a string in double quotes")
    parts = bytearray()
    position = 1
    while position < len(text) - 1:
        backslash = text.find("\\", position, -1)
        stop = backslash if backslash >= 0 else len(text) - 1
        # Go reads a byte that is not UTF-8 as U+FFFD here.
        parts += re.sub("[\udc80-\udcff]", "\ufffd", text[position:stop]).encode()
        position = stop
        if backslash >= 0:
            match = _ESCAPE.match(text, backslash)
            if match is None:
                raise ValueError(f"{text!r} has an unknown escape")
            parts += _escaped(match)
            position = match.end()
    return parts.decode("utf-8", "surrogateescape")


def _escaped(match: re.Match[str]) -> bytes:
    if match["simple"]:
        return bytes([_SIMPLE_ESCAPES[match["simple"]]])
    if match["octal"]:
        return bytes([int(match["octal"], 8)])  # ValueError above 255
    if match["byte"]:
        return bytes([int(match["byte"], 16)])
    return _rune(int(match["u"] or match["U"], 16))


def _rune(number: int) -> bytes:
    if 0xD800 <= number < 0xE000 or number > 0x10FFFF:
        raise ValueError(f"U+{number:04X} is no character")
    return chr(number).encode()
