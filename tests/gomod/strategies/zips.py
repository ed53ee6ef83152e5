"""Zips of a module: honest ones with wild names, lying ones, spoiled ones."""

import struct
from collections.abc import Iterable

from hypothesis import strategies as st

from tests.gomod.strategies.texts import FOLDING, LATE_LETTERS, OTHERS, combined, words
from tests.gomod.zips import DEFLATED, DIRECTORY, HAS_DESCRIPTOR, IS_UTF8, STORED, Member, deflated, zipped

PREFIX = "a.b/c@v1.0.0"

_PREFIXES = [*[f"{PREFIX}/"] * 15, PREFIX, "a.b/c@v1.0.1/", "A.B/c@v1.0.0/", "", f"/{PREFIX}/"]
_PATHS = [
    *words("go.mod LICENSE a.go b/a.go A.go B/x.go b/B.go b .git/config vendor/x/y.go vendor/modules.txt a b.c "),
    *words("GO.MOD Go.mod b/go.mod b/GO.MOD b/ b/c/ go.mod/ license a/ A/ a/b/c/d/e A/b/c a/B/c .. ../x /x a//b ./a"),
    *words("a/. a./b"),
    *words("\u212a k K \u017f s S \u00df \u1e9e ss \u03c3 \u03c2 \u00e9 e\u0301 \u01c4 \u01c5 \u01c6 \u0130 i \u0131"),
    "a//",
]  # fmt: skip
_CHARACTERS = ["", *"aAbB./-_ !#$%&()+,=@[]^{}~'\"*<>?`|\\:\x00\n\udcff", *LATE_LETTERS, *FOLDING, *OTHERS]
_CONTENTS = [b"", b"x", b"module a.b/c\n", b"hello, hello, hello", bytes(1000), b"PK\x05\x06" + bytes(18)]

_names = st.one_of(combined(_PREFIXES, _PATHS), combined(_PREFIXES, _CHARACTERS, _CHARACTERS, _CHARACTERS))
_good_names = combined([f"{PREFIX}/"], words("go.mod LICENSE a.go b/c.go b/d.go e/"))


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _honest(name: str, form: int) -> Member:
    form, content = divmod(form, len(_CONTENTS))
    form, method = divmod(form, 2)
    if name.endswith("/"):
        return Member(_encoded(name), b"", STORED, 0, DIRECTORY)
    return Member(_encoded(name), _CONTENTS[content], (DEFLATED, STORED)[method], (0, HAS_DESCRIPTOR, IS_UTF8)[form])


_forms = st.integers(0, len(_CONTENTS) * 2 * 3 - 1)
honest_zips = st.lists(st.builds(_honest, _names, _forms), max_size=5).map(zipped)

_SHORTS = [0, 1, 2, 3, 20, 0x8000, 0xFFFF]
_NUMBERS = [*range(40), 0x8000, 0xFFFF, 500 << 20, (500 << 20) + 1, 0x80000000, 0xFFFFFFFF]
_ATTRIBUTES = [0, *(mode << 16 for mode in (0o120777, 0o040755, 0o010644, 0o020644, 0o644)), 0x10, 0xFFFFFFFF]


def _zip64(*numbers: int) -> bytes:
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


_EXTRAS = [
    b"\x01",
    b"\x01\x00\x08\x00",
    b"\x55\x54\x01\x00x",
    _zip64(),
    _zip64(0),
    _zip64(5, 3),
    _zip64(0, 0, 0),
    _zip64(1 << 63),
    _zip64(1) * 2,
]

Lie = tuple[str, int | bytes | None]


def _lies(**values: Iterable[int | bytes | None]) -> list[Lie]:
    return [(name, value) for name, column in values.items() for value in column]


# Each lie about one field of a member; "local_…" stands in its own header, the others in the directory.
_FLAGS = [0, 1, 2, 4, 8, 9, 0x10, 0x40, 0x800, 0x2000, 0xFFFF]
_METHODS = [0, 8, 1, 9, 12, 14, 93, 99]
_OTHER_NAMES = [_encoded(f"{PREFIX}/{path}") for path in ("a.go", "A.go", "x\x00", "../x", "", "e/")]
_MEMBER_LIES = _lies(
    flags=_FLAGS, method=_METHODS, crc=_NUMBERS, compressed=_NUMBERS, size=_NUMBERS, name=_OTHER_NAMES, disk=_SHORTS,
    offset=_NUMBERS, attributes=_ATTRIBUTES, extra=_EXTRAS, packed=[*_CONTENTS, *map(deflated, _CONTENTS)],
    descriptor=[b"", b"PK\x07\x08" + bytes(12), b"PK\x07\x08" + bytes(20), bytes(12), bytes(20)],
    local_flags=_FLAGS, local_method=_METHODS, local_crc=_NUMBERS, local_compressed=_NUMBERS, local_size=_NUMBERS,
    local_name=_OTHER_NAMES, local_extra=_EXTRAS,
)  # fmt: skip
_END_LIES = _lies(
    disk=_SHORTS, first=_SHORTS, here=_SHORTS, count=_SHORTS, comment=_SHORTS, size=_NUMBERS, offset=_NUMBERS
)
_JUNK = [b"", b"\x00", b"PK\x05\x06", zipped([]), b"PK\x01\x02" + bytes(42), bytes(30)]


def _liar(member: Member, lies: list[Lie]) -> Member:
    for name, value in lies:
        match name, value:
            case (("packed" | "descriptor" | "extra" | "local_extra"), bytes()):
                setattr(member, name, value)
            case _, int() | bytes():
                fields = member.local if name.startswith("local_") else member.central
                fields[name.removeprefix("local_")] = value
    return member


_honest_members = st.builds(_honest, _good_names, _forms)
_liars = st.builds(_liar, _honest_members, st.lists(st.sampled_from(_MEMBER_LIES), min_size=1, max_size=2))
_members = st.lists(st.one_of(_honest_members, _liars), min_size=1, max_size=3)


def _around(members: list[Member], form: int, lies: list[tuple[str, int]]) -> bytes:
    junk = []
    for _ in range(4):
        form, index = divmod(form, len(_JUNK))
        junk.append(_JUNK[index])
    # Most zips have at most one kind of junk: with more of them nothing would be left to read.
    leading, gap, trailing, comment = [piece if form % 5 == index else b"" for index, piece in enumerate(junk)]
    return zipped(
        members, leading=leading, gap=gap, trailing=trailing, comment=comment, zip64=form % 2 == 1, end=dict(lies)
    )


lying_zips = st.one_of(
    _members.map(zipped),
    st.builds(
        _around,
        _members,
        st.integers(0, len(_JUNK) ** 4 * 10 - 1),
        st.lists(st.sampled_from([(name, value) for name, value in _END_LIES if isinstance(value, int)]), max_size=1),
    ),
)


def _spoil(data: bytes, place: int, value: int, shorter: int) -> bytes:
    data = data[: len(data) - shorter % len(data)]
    place %= len(data)
    return data[:place] + bytes([value]) + data[place + 1 :]


spoiled_zips = st.builds(
    _spoil,
    st.lists(_honest_members, max_size=3).map(zipped),
    st.integers(0, 1500),
    st.integers(0, 255),
    st.one_of(st.just(0), st.integers(0, 400)),
)
