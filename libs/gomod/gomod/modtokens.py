"""The tokens of go.mod files (modfile, read.go)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gomod.gostrings import quoted_end, trim_space
from gomod.unicode import is_print


class SyntaxFault(Exception):
    """What can't be read at all, and where; modfile makes an InvalidGoMod of it."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(reason)
        self.number = number
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Token:
    kind: (
        str  # "end", "newline", "comment" (alone on its line), "suffix" (a comment behind something), "(", ")", "word"
    )
    text: str
    start: int
    stop: int
    line: int  # on which it starts
    last_line: int  # on which it ends: an escaped newline may stand in a string

    @property
    def ends_line(self) -> bool:
        return self.kind in ("end", "newline", "suffix")


_WORD = r"!-'*+./0-Z\\^_`a-z|~\-\x80-\U0010ffff"

# No group is repeated: a hostile file would have the matcher remember every place that it could go back to, and where a
# possessive group forbids that, Python before 3.11.5 matches wrongly.
_TOKEN = re.compile(
    r"(?P<newline>\n)"
    r"|(?P<comment>//[^\n]*)\n?"
    r"|(?P<foreign>/\*)"
    r"|(?P<punctuation>[()\[\]{},])"
    r"|(?P<raw_string>`[^`\n]*`)"
    r'|(?P<quote>")'
    r"|(?P<open_string>`)"
    rf"|(?P<word>[{_WORD}]+?(?=//|/\*|[^{_WORD}]|\Z))"
)
_BLANKS = re.compile(r"[ \t\r]*")


def tokens(text: str) -> Iterator[Token]:
    """The tokens, and "end" for ever after. Raises SyntaxFault."""
    position, line = 0, 1
    while True:
        match_blanks = _BLANKS.match(text, position)
        position = match_blanks.end() if match_blanks else position
        if position == len(text):
            while True:
                yield Token("end", "", position, position, line, line)
        match = _TOKEN.match(text, position)
        if match is None:
            raise SyntaxFault(line, f"unexpected input character {text[position]!r}")
        token = _token(match, text, line)
        line += text.count("\n", position, token.stop)
        position = token.stop
        yield token


def _token(match: re.Match[str], text: str, line: int) -> Token:
    kind, start, stop = match.lastgroup, match.start(), match.end()
    match kind:
        case "foreign":
            raise SyntaxFault(line, "mod files must use // comments (not /* */ comments)")
        case "quote" if (stop := quoted_end(text, start)) >= 0:
            pass
        case "quote" | "open_string":
            raise SyntaxFault(line, "unexpected end of line or file in string")
        case "comment":
            comment = match[0].removesuffix("\n")
            if comment != match[0]:
                comment = comment.removesuffix("\r")
            alone = not trim_space(text[text.rfind("\n", 0, start) + 1 : start])
            return Token("comment" if alone else "suffix", comment, start, stop, line, line)
        case "word":
            if text.startswith("/*", stop):
                raise SyntaxFault(line, "mod files must use // comments (not /* */ comments)")
            if not match[0].isascii():
                for character in match[0]:
                    if not is_print(character):
                        raise SyntaxFault(line, f"unexpected input character {character!r}")
        case "newline":
            return Token("newline", match[0], start, stop, line, line)
    kind = match[0] if match[0] in "()" else "word"
    return Token(kind, text[start:stop], start, stop, line, line + text.count("\n", start, stop))
