"""The grammar of go.mod files: lines, blocks in parentheses, and which comments belong to which (modfile, read.go)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gomod.gostrings import trim_space
from gomod.unicode import is_print


@dataclass(slots=True)
class Line:
    """One statement, or one line of a block: its tokens as written and the comments before and behind it."""

    tokens: list[str]
    number: int  # of the line in the file, from 1
    before: list[str] = field(default_factory=list)
    suffix: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """`verb (` lines `)`."""

    tokens: list[str]
    number: int
    lines: list[Line] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    suffix: list[str] = field(default_factory=list)


Statement = Line | Block


class SyntaxFault(Exception):
    """What can't be read at all, and where; modfile makes an InvalidGoMod of it."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(reason)
        self.number = number
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Token:
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


@dataclass(frozen=True, slots=True)
class _Span:
    """Something that a comment behind it may belong to; `suffix` is None for parentheses, whose nobody reads."""

    stop: int
    one_line: bool
    suffix: list[str] | None


# Possessive (*+, ++): a hostile file must not have the matcher remember every place that it could go back to.
_TOKEN = re.compile(
    r"(?P<newline>\n)"
    r"|(?P<comment>//[^\n]*)\n?"
    r"|(?P<foreign>/\*)"
    r"|(?P<punctuation>[()\[\]{},])"
    r'|(?P<string>"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"|`[^`\n]*+`)'
    r"|(?P<open_string>[\"`])"
    r"|(?P<word>(?:[!#-'*+.0-Z\\^_a-z|~\-]|/(?![/*])|[\"`]|[^\x00-\x7f])++)",
    re.DOTALL,
)
_BLANKS = re.compile(r"[ \t\r]*")


def parse_statements(text: str) -> list[Statement]:
    """The statements of a go.mod; bytes that are not UTF-8 stand as lone surrogates. Raises SyntaxFault."""
    return _Parser(text).parse_file()


def _tokens(text: str) -> Iterator[_Token]:
    position, line = 0, 1
    while True:
        match_blanks = _BLANKS.match(text, position)
        position = match_blanks.end() if match_blanks else position
        if position == len(text):
            while True:
                yield _Token("end", "", position, position, line, line)
        match = _TOKEN.match(text, position)
        if match is None:
            raise SyntaxFault(line, f"unexpected input character {text[position]!r}")
        token = _token(match, text, line)
        line += match[0].count("\n")
        position = match.end()
        yield token


def _token(match: re.Match[str], text: str, line: int) -> _Token:
    kind, start, stop = match.lastgroup, match.start(), match.end()
    match kind:
        case "foreign":
            raise SyntaxFault(line, "mod files must use // comments (not /* */ comments)")
        case "open_string":
            raise SyntaxFault(line, "unexpected end of line or file in string")
        case "comment":
            comment = match[0].removesuffix("\n")
            if comment != match[0]:
                comment = comment.removesuffix("\r")
            alone = not trim_space(text[text.rfind("\n", 0, start) + 1 : start])
            return _Token("comment" if alone else "suffix", comment, start, stop, line, line)
        case "word":
            if text.startswith("/*", stop):
                raise SyntaxFault(line, "mod files must use // comments (not /* */ comments)")
            if not match[0].isascii():
                for character in match[0]:
                    if not is_print(character):
                        raise SyntaxFault(line, f"unexpected input character {character!r}")
        case "newline":
            return _Token("newline", match[0], start, stop, line, line)
    kind = match[0] if match[0] in "()" else "word"
    return _Token(kind, match[0], start, stop, line, line + match[0].count("\n"))


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = next(self._tokens)
        self._statements: list[Statement] = []
        self._spans: list[_Span] = []  # by where they end, outer ones last
        self._suffixes: list[_Token] = []

    def parse_file(self) -> list[Statement]:
        comments: list[str] = []  # the whole-line comments that no blank line parts from what follows
        while self._next.kind != "end":
            if self._next.kind == "newline":
                self._lex()
                comments = []
            elif self._next.kind == "comment":
                comments.append(self._lex().text)
            else:
                statement = self._parse_statement()
                statement.before = comments
                self._statements.append(statement)
                comments = []
        self._assign_suffixes()
        return self._statements

    def _lex(self) -> _Token:
        token = self._next
        if token.kind == "suffix":
            self._suffixes.append(token)
        self._next = next(self._tokens)
        return token

    def _parse_statement(self) -> Statement:
        first = last = self._lex()
        tokens = [first.text]
        while True:
            token = self._lex()
            if token.ends_line:
                return self._line(tokens, first, last)
            if token.kind == "(" and self._next.ends_line:
                return self._parse_block(tokens, first, token)
            if token.kind == "(" and self._next.kind == ")":
                closing = self._lex()
                if self._next.ends_line:
                    self._spans.append(_Span(token.stop, one_line=True, suffix=None))
                    return self._close_block(Block(tokens, first.line), first, closing)
                tokens += ["(", ")"]
            elif token.kind == "(":
                tokens.append("(")
            else:
                tokens.append(token.text)
                last = token

    def _parse_block(self, tokens: list[str], first: _Token, opening: _Token) -> Block:
        block = Block(tokens, first.line)
        self._spans.append(_Span(opening.stop, one_line=True, suffix=None))
        comments: list[str] = []  # an empty one is a blank line
        while True:
            match self._next.kind:
                case "suffix":
                    self._lex()
                case "newline":
                    self._lex()
                    if (comments and comments[-1]) or (not comments and block.lines):
                        comments.append("")
                case "comment":
                    comments.append(self._lex().text)
                case "end":
                    raise SyntaxFault(self._next.line, f"unterminated block started on line {first.line}")
                case ")":
                    closing = self._lex()
                    if not self._next.ends_line:
                        raise SyntaxFault(self._next.line, "expected newline after closing paren")
                    return self._close_block(block, first, closing)
                case _:
                    line = self._parse_line()
                    line.before = comments
                    block.lines.append(line)
                    comments = []

    def _close_block(self, block: Block, first: _Token, closing: _Token) -> Block:
        self._lex()
        self._spans.append(_Span(closing.stop, one_line=True, suffix=None))
        self._spans.append(_Span(closing.stop, one_line=first.line == closing.line, suffix=block.suffix))
        return block

    def _parse_line(self) -> Line:
        first = last = self._lex()
        tokens = [first.text]
        while not (token := self._lex()).ends_line:
            tokens.append(token.text)
            last = token
        return self._line(tokens, first, last)

    def _line(self, tokens: list[str], first: _Token, last: _Token) -> Line:
        line = Line(tokens, first.line)
        self._spans.append(_Span(last.stop, one_line=first.line == last.last_line, suffix=line.suffix))
        return line

    def _assign_suffixes(self) -> None:
        """Give each comment behind something to what ends last before it, if that is all on one line."""
        for span in reversed(self._spans):
            if not span.one_line:
                continue
            while self._suffixes and span.stop <= self._suffixes[-1].start:
                comment = self._suffixes.pop()
                if span.suffix is not None:
                    span.suffix.insert(0, comment.text)
