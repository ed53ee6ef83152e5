"""Which modules a comma-separated list of globs means, as GOPRIVATE does (module.MatchPrefixPatterns, path.Match).

Go matches bytes, and what a star passes over may end inside a character; so this works on bytes as well. A regular
expression would not do: Go never takes back what an earlier star passed over, and a star stops at a slash.
"""

from dataclasses import dataclass
from functools import lru_cache

from gomod.errors import InvalidPath
from gomod.gostrings import to_bytes
from gomod.paths import check_element


@dataclass(frozen=True, slots=True)
class _Class:
    """`[a-z]`, `[^x]`, or `?` (anything but a slash)."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool

    def holds(self, rune: int) -> bool:
        return any(low <= rune <= high for low, high in self.ranges) != self.negated


_WILD = frozenset("*?[\\")

_Atom = int | _Class  # one byte, or one character of a class
_ANY = _Class(((0x2F, 0x2F),), negated=True)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What stands between two stars, and whether a star stands before it."""

    star: bool
    atoms: tuple[_Atom, ...]


class _BadPattern(Exception):
    """The glob is malformed; it never leaves this module."""


def match_prefix_patterns(globs: str, target: str) -> bool:
    """Whether a glob of the list matches `target`, or the prefix of it that has as many elements as the glob.

    Empty and malformed globs match nothing, and a slash at a glob's end counts nothing.
    """
    elements = to_bytes(target).split(b"/")
    for glob in to_bytes(globs).split(b","):
        pattern = glob.removesuffix(b"/")
        count = pattern.count(b"/") + 1
        if pattern and count <= len(elements) and _match(_compiled(pattern), b"/".join(elements[:count])):
            return True
    return False


def check_globs(globs: str) -> None:
    """Raise InvalidPath unless every glob of the list can match the path of some module or package.

    The go command passes over one that can't. Who may do what must not stand on a rule that never holds.
    """
    for glob in globs.split(","):
        pattern = glob.removesuffix("/")
        if _compiled(to_bytes(pattern)) is None:
            raise InvalidPath("import", glob, "malformed glob")
        for element in pattern.split("/"):
            if not _WILD.intersection(element):
                check_element(element, "import", glob)


@lru_cache(maxsize=1024)
def _compiled(pattern: bytes) -> tuple[_Chunk, ...] | None:
    """The chunks of a glob, or None when it is malformed and so matches nothing."""
    try:
        return tuple(_parse(pattern))
    except _BadPattern:
        return None


def _parse(pattern: bytes) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    rest = pattern
    while rest:
        star = rest.startswith(b"*")
        rest = rest.lstrip(b"*")
        atoms: list[_Atom] = []
        while rest and not rest.startswith(b"*"):
            atom, rest = _parse_atom(rest)
            atoms.append(atom)
        chunks.append(_Chunk(star, tuple(atoms)))
    return chunks


def _parse_atom(rest: bytes) -> tuple[_Atom, bytes]:
    match rest[:1]:
        case b"?":
            return _ANY, rest[1:]
        case b"[":
            return _parse_class(rest[1:])
        case b"\\":
            rest = rest[1:]
            if not rest:
                raise _BadPattern
    return rest[0], rest[1:]


def _parse_class(rest: bytes) -> tuple[_Class, bytes]:
    negated = rest.startswith(b"^")
    rest = rest.removeprefix(b"^")
    ranges: list[tuple[int, int]] = []
    while not (ranges and rest.startswith(b"]")):
        low, rest = _parse_bound(rest)
        high = low
        if rest.startswith(b"-"):
            high, rest = _parse_bound(rest[1:])
        ranges.append((low, high))
    return _Class(tuple(ranges), negated), rest[1:]


def _parse_bound(rest: bytes) -> tuple[int, bytes]:
    if not rest or rest[:1] in b"-]":
        raise _BadPattern
    rest = rest.removeprefix(b"\\")
    rune, size = _first_rune(rest)
    if size == 0 or rune < 0 or size == len(rest):  # a class is never finished without its bracket
        raise _BadPattern
    return rune, rest[size:]


def _first_rune(text: bytes) -> tuple[int, int]:
    """The first character and its length in bytes; -1 and 1 where the bytes are not UTF-8."""
    if not text:
        return -1, 0
    for size in range(1, 5):
        try:
            return ord(text[:size].decode()), size
        except UnicodeDecodeError:
            continue
        except TypeError:
            break  # one byte was no character, and more bytes are several
    return -1, 1


def _match(chunks: tuple[_Chunk, ...] | None, name: bytes) -> bool:
    if chunks is None:
        return False
    for chunk, is_last in zip(chunks, [False] * (len(chunks) - 1) + [True], strict=True):
        if is_last and not chunk.atoms:
            return b"/" not in name
        rest = _match_chunk(chunk.atoms, name)
        skipped = 0
        while rest is None or (is_last and rest):
            if not chunk.star or skipped == len(name) or name[skipped] == 0x2F:
                return False
            skipped += 1
            rest = _match_chunk(chunk.atoms, name[skipped:])
        name = rest
    return not name


def _match_chunk(atoms: tuple[_Atom, ...], name: bytes) -> bytes | None:
    """What is left of `name` after the atoms, or None when they do not match."""
    for atom in atoms:
        if not name:
            return None
        if isinstance(atom, int):
            if atom != name[0]:
                return None
            name = name[1:]
            continue
        rune, size = _first_rune(name)
        if not atom.holds(0xFFFD if rune < 0 else rune):  # Go sees a byte that is not UTF-8 as U+FFFD
            return None
        name = name[size:]
    return name
