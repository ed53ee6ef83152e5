"""Answers of `/lookup/<module>@<version>`: a record's number, its go.sum lines, a signed head (tlog: ParseRecord)."""

import re
from dataclasses import dataclass

from gomod.errors import UpstreamError
from gomod.module import ModuleVersion, escape_path, escape_version
from gomod.sumdb.errors import Disproved, Mismatch

_ANSWER = re.compile(rb"(0|[1-9][0-9]{0,18})\n(.*?\n)\n(.*)", re.DOTALL)
_NOT_TEXT = re.compile(r"[\x00-\x09\x0b-\x1f]|\A\n")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer taken apart; nothing in it has been proven."""

    record_id: int
    record: bytes  # the go.sum lines, each with its newline
    signed_head: bytes


@dataclass(frozen=True, slots=True)
class Checksums:
    """What the database's tree is proven to say of one module version."""

    module: ModuleVersion
    lines: tuple[str, ...]  # of go.sum: `<path> <version> h1:…` and `<path> <version>/go.mod h1:…`
    answer: bytes  # the whole answer as it came, for a client that wants to prove it itself

    def check_zip(self, h1: str) -> None:
        """Raise Mismatch unless this is the zip's hash on record, Disproved when there is none on record."""
        self._check("zip", self.module.version, h1)

    def check_go_mod(self, h1: str) -> None:
        """Raise Mismatch unless this is go.mod's hash on record, Disproved when there is none on record."""
        self._check("go.mod", f"{self.module.version}/go.mod", h1)

    def _check(self, what: str, version: str, h1: str) -> None:
        start = f"{self.module.path} {version} "
        on_record = {line.removeprefix(start) for line in self.lines if line.startswith(f"{start}h1:")}
        if not on_record:
            raise Disproved(f"the checksum database has {self.module} on record, but no h1 hash of its {what}")
        if on_record != {h1}:
            raise Mismatch(
                f"{self.module}: checksum mismatch: the {what} that upstream serves has {h1}, "
                f"the checksum database says {' and '.join(sorted(on_record))}"
            )


def lookup_path(module: ModuleVersion) -> str:
    """The URL path in the database. Raises InvalidPath or InvalidVersion."""
    return f"/lookup/{escape_path(module.path)}@{escape_version(module.version)}"


def parse_answer(data: bytes) -> Answer:
    """Take an answer apart. Raises UpstreamError when it is none."""
    match = _ANSWER.fullmatch(data)
    if match is None:
        raise UpstreamError("malformed lookup: expected a number, go.sum lines and a signed tree head")
    number, record, signed_head = match.groups()
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        raise UpstreamError("malformed lookup: the go.sum lines are not UTF-8") from error
    if _NOT_TEXT.search(text):
        raise UpstreamError("malformed lookup: the go.sum lines hold control characters or an empty line")
    return Answer(int(number), record, signed_head)


def checksums_of(module: ModuleVersion, answer: Answer, data: bytes) -> Checksums:
    """The lines of a record that are about this module. Raises Disproved when none is.

    A database that answers with the genuine record of something else would have proven nothing.
    """
    starts = (f"{module.path} {module.version} ", f"{module.path} {module.version}/go.mod ")
    lines = tuple(line for line in answer.record.decode().split("\n") if line.startswith(starts))
    if not lines:
        raise Disproved(f"{module}: the checksum database answers with the record of another module")
    return Checksums(module, lines, data)
