"""The grammar of go.mod files: lines, blocks in parentheses, and which comments belong to which (modfile, read.go)."""

from dataclasses import dataclass, field

from gomod.modtokens import SyntaxFault, Token, tokens


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


@dataclass(frozen=True, slots=True)
class _Span:
    """Something that a comment behind it may belong to; `suffix` is None where nobody reads it."""

    stop: int
    one_line: bool
    suffix: list[str] | None


def parse_statements(text: str) -> list[Statement]:
    """The statements of a go.mod; bytes that are not UTF-8 stand as lone surrogates. Raises SyntaxFault."""
    return _Parser(text).parse_file()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._next = next(self._tokens)
        self._statements: list[Statement] = []
        self._spans: list[_Span] = []  # by where they end, outer ones last
        self._suffixes: list[Token] = []

    def parse_file(self) -> list[Statement]:
        comments: list[str] = []  # the whole-line comments that no blank line parts from what follows
        while self._next.kind != "end":
            if self._next.kind == "newline":
                newline = self._lex()
                if comments:
                    self._spans.append(_Span(newline.start, one_line=True, suffix=None))
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

    def _lex(self) -> Token:
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

    def _parse_block(self, tokens: list[str], first: Token, opening: Token) -> Block:
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

    def _close_block(self, block: Block, first: Token, closing: Token) -> Block:
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

    def _line(self, tokens: list[str], first: Token, last: Token) -> Line:
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
