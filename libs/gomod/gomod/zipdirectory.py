"""The central directory of a zip that nobody vouches for.

Why not zipfile: it believes what a hostile zip says. It reads any number of entries into memory before we could look
at one, guesses a name's encoding, passes over junk before and behind the archive, and does not tell where an entry's
data lie. Two readers that guess differently see two modules in one file; so this reader takes only archives that can
be read in one way: entries back to back from the first byte, then the directory, then its end, and nothing else.
Whatever it takes, Go's archive/zip reads alike.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, NoReturn

from gomod.errors import InvalidModule, Violation
from gomod.gostrings import to_bytes
from gomod.limits import MAX_DIRECTORY, MAX_NAME, MAX_NAMES

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_HEADER = struct.Struct("<4s6H3L5H2L")

_END_SIGNATURE = b"PK\x05\x06"
_END64_LOCATOR_SIGNATURE = b"PK\x06\x07"
_END64_SIGNATURE = b"PK\x06\x06"
_HEADER_SIGNATURE = b"PK\x01\x02"

_END_SEARCHED = 65 * 1024  # of the file's end, as Go does: the end's longest comment and some more
_ZIP64_EXTRA = 1
MAX_UINT16 = 0xFFFF
MAX_UINT32 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Entry:
    """What the central directory says of one file; none of it is proven."""

    name: str  # bytes that are not UTF-8 stand as lone surrogates
    flags: int
    method: int
    crc: int
    compressed_size: int
    size: int
    attributes: int  # external: a Unix mode in the upper half, MS-DOS attributes in the lower
    offset: int  # of its local header

    @property
    def is_directory(self) -> bool:
        """Whether the name says so; Go asks nothing else."""
        return self.name.endswith("/")

    @property
    def raw_name(self) -> bytes:
        """The name's bytes as they stand in the zip."""
        return to_bytes(self.name)


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries in the directory's order, and where in the file it begins, which is where the last entry ends."""

    entries: list[Entry]
    offset: int

    @property
    def unpacked_size(self) -> int:
        """The bytes of all files, as they declare them; directories have none, whatever they declare."""
        return sum(entry.size for entry in self.entries if not entry.is_directory)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the central directory lies, and how many entries it should have."""

    offset: int
    size: int
    count: int


def refuse(code: str, message: str) -> NoReturn:
    """Raise the InvalidModule of a single violation: one after which nothing more can be said about a zip."""
    raise InvalidModule((Violation(code, message),))


def read_directory(file: BinaryIO) -> Directory:
    """The central directory of a zip file. Raises InvalidModule; memory is bounded by `limits`."""
    place = _find(file, file.seek(0, os.SEEK_END))
    if place.count > MAX_NAMES or place.size > MAX_DIRECTORY:
        refuse("too-many-files", f"the zip lists more than {MAX_NAMES} files or {MAX_DIRECTORY} bytes of names")
    file.seek(place.offset)
    # Not more than were announced: a directory of nothing but headers lists more of them than its count says.
    entries = list(islice(_entries(file.read(place.size)), place.count + 1))
    if len(entries) != place.count:
        refuse("zip-layout", f"the zip says it has {place.count} entries, and lists another number of them")
    return Directory(entries, place.offset)


def _find(file: BinaryIO, file_size: int) -> _Place:
    file.seek(max(0, file_size - _END_SEARCHED))
    tail = file.read(_END_SEARCHED)
    position = tail.rfind(_END_SIGNATURE, 0, max(0, len(tail) - _END.size + len(_END_SIGNATURE)))
    if position < 0:
        refuse("zip-format", "not a zip file, or a truncated one: it has no end of central directory")
    end_offset = file_size - len(tail) + position
    _, disk, first_disk, count_here, count, size, offset, comment_size = _END.unpack_from(tail, position)
    surplus = len(tail) - position - _END.size - comment_size
    if surplus < 0:
        refuse("zip-format", "the zip is truncated: its end is shorter than it says")
    if surplus > 0:
        refuse("zip-layout", f"the zip has {surplus} bytes behind its end")
    if count == MAX_UINT16 or size == MAX_UINT32 or offset == MAX_UINT32:
        located = _find64(file, end_offset)
        if located is not None:
            end_offset, (disk, first_disk, count_here, count, size, offset) = located
    if disk or first_disk or count_here != count:
        refuse("zip-layout", "the zip is part of an archive on several disks")
    if size > end_offset:
        refuse("zip-format", "the zip is truncated: its directory is longer than what stands before its end")
    if offset + size != end_offset:
        refuse("zip-layout", f"the zip's directory says it begins at byte {offset}, and begins at {end_offset - size}")
    return _Place(offset, size, count)


def _find64(file: BinaryIO, end_offset: int) -> tuple[int, tuple[int, int, int, int, int, int]] | None:
    """The end of a zip64 directory, right before its locator, right before the usual end; None without locator."""
    locator_offset = end_offset - _END64_LOCATOR.size
    if locator_offset < 0:
        return None
    file.seek(locator_offset)
    signature, disk, declared, disks = _END64_LOCATOR.unpack(file.read(_END64_LOCATOR.size))
    if signature != _END64_LOCATOR_SIGNATURE:
        return None
    offset = locator_offset - _END64.size
    if declared != offset or disk != 0 or disks != 1:
        refuse("zip-layout", "the zip64 locator does not point to the record before it")
    file.seek(offset)
    record = file.read(_END64.size)
    signature, record_size, _, _, *numbers = _END64.unpack(record)
    if signature != _END64_SIGNATURE or record_size != _END64.size - 12:
        refuse("zip-layout", "the zip64 end of central directory is not of the usual form")
    disk, first_disk, count_here, count, size, directory_offset = numbers
    return offset, (disk, first_disk, count_here, count, size, directory_offset)


def _entries(data: bytes) -> Iterator[Entry]:
    position = 0
    while position < len(data):
        if len(data) - position < _HEADER.size or not data.startswith(_HEADER_SIGNATURE, position):
            refuse("zip-layout", f"no entry stands at byte {position} of the zip's directory")
        entry, position = _entry(data, position)
        yield entry


def _entry(data: bytes, position: int) -> tuple[Entry, int]:
    (
        _, _, _, flags, method, _, _, crc, compressed_size, size,
        name_size, extra_size, comment_size, disk, _, attributes, offset,
    ) = _HEADER.unpack_from(data, position)  # fmt: skip
    name_start = position + _HEADER.size
    extra_start = name_start + name_size
    stop = extra_start + extra_size + comment_size
    name = data[name_start:extra_start].decode("utf-8", "surrogateescape")
    if stop > len(data):
        refuse("zip-layout", f"the entry {name!r} is longer than the zip's directory")
    if name_size > MAX_NAME:
        refuse("path-too-long", f"the zip has a name of {name_size} bytes; {MAX_NAME} is the longest allowed")
    if disk != 0:
        refuse("zip-layout", f"the entry {name!r} lies on another disk")
    if MAX_UINT32 in (size, compressed_size, offset):
        extra = data[extra_start : extra_start + extra_size]
        size, compressed_size, offset = _zip64_numbers(name, extra, [size, compressed_size, offset])
    return Entry(name, flags, method, crc, compressed_size, size, attributes, offset), stop


def _zip64_numbers(name: str, extra: bytes, numbers: list[int]) -> tuple[int, int, int]:
    """The three numbers, each that did not fit 32 bits taken from the zip64 field, which must be there once."""
    fields = list(_zip64_fields(extra))
    missing = numbers.count(MAX_UINT32)
    if len(fields) != 1 or len(fields[0]) < 8 * missing:
        refuse("zip-layout", f"the entry {name!r} has no or several zip64 fields, and needs one")
    larger = iter(struct.unpack_from(f"<{missing}Q", fields[0]))
    size, compressed_size, offset = (next(larger) if number == MAX_UINT32 else number for number in numbers)
    return size, compressed_size, offset


def _zip64_fields(extra: bytes) -> Iterator[bytes]:
    position = 0
    while len(extra) - position >= 4:
        tag, size = struct.unpack_from("<2H", extra, position)
        position += 4 + size
        if tag == _ZIP64_EXTRA and position <= len(extra):
            yield extra[position - size : position]
