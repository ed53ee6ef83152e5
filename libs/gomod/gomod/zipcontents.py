"""What the files of a zip really contain, read once from the first byte to the last."""

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import BinaryIO

from gomod.errors import Violation
from gomod.limits import CHUNK_BYTES, MAX_GO_MOD
from gomod.zipdirectory import MAX_UINT32, Directory, Entry, refuse

_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_DESCRIPTORS = {descriptor.size: descriptor for descriptor in (struct.Struct("<4s3L"), struct.Struct("<4sL2Q"))}
_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"

_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x0001
_HAS_DESCRIPTOR = 0x0008
_KNOWN_FLAGS = 0x0806 | _HAS_DESCRIPTOR  # besides: how hard it was deflated, and that its name is UTF-8


class _Broken(Exception):
    """An entry whose data are not what the directory says; it never leaves this module."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.violation = Violation(code, message)


@dataclass(frozen=True, slots=True)
class Content:
    """One entry as read: its hash and, where it was asked for, its bytes; or what is wrong with it."""

    entry: Entry
    sha256: str  # hexadecimal
    data: bytes
    violation: Violation | None


def read_contents(file: BinaryIO, directory: Directory, keep: str) -> Iterator[Content]:
    """Unpack every entry once, in the order of the file, and keep the bytes of the go.mod that is named `keep`.

    The caller has bounded the sum of the declared sizes; no entry is unpacked beyond its own. Raises InvalidModule
    when the entries do not lie back to back, which is also what keeps overlapping ones out.
    """
    ordered = sorted(directory.entries, key=lambda entry: entry.offset)
    starts = [*(entry.offset for entry in ordered), directory.offset]
    if starts[0] != 0:
        refuse("zip-layout", f"the zip has {starts[0]} bytes before its first entry")
    file.seek(0)
    for entry, (start, stop) in zip(ordered, pairwise(starts), strict=True):
        yield _Reader(file, entry, stop - start).read(keep)


class _Reader:
    """Reads one entry, which has `room` bytes up to the next."""

    def __init__(self, file: BinaryIO, entry: Entry, room: int) -> None:
        self._file = file
        self._entry = entry
        self._room = room
        self._packed_left = entry.compressed_size
        self._crc = 0
        self._size = 0
        self._hash = hashlib.sha256()
        self._kept: list[bytes] = []

    def read(self, keep: str) -> Content:
        entry = self._entry
        descriptor_size = self._check_layout()
        next_offset = self._file.tell() + entry.compressed_size + descriptor_size
        try:
            self._check_form()
            for data in self._unpacked():
                self._take(data, kept=entry.name == keep and entry.size <= MAX_GO_MOD)
            self._check_end(descriptor_size)
            violation = None
        except _Broken as broken:
            violation = broken.violation
        self._file.seek(next_offset)
        return Content(entry, self._hash.hexdigest(), b"".join(self._kept), violation)

    def _check_layout(self) -> int:
        """Read the local header, and return how many bytes follow the data: those of a descriptor, or none."""
        entry = self._entry
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(_LOCAL_SIGNATURE):
            refuse("zip-layout", f"{entry.name!r}: no entry begins where the zip's directory says")
        _, _, flags, method, _, _, crc, compressed_size, size, name_size, extra_size = _LOCAL.unpack(header)
        name = self._file.read(name_size)
        self._file.seek(extra_size, os.SEEK_CUR)
        if (name, flags, method) != (entry.raw_name, entry.flags, entry.method):
            refuse("zip-layout", f"{entry.name!r}: its own header and the zip's directory disagree")
        has_descriptor = bool(entry.flags & _HAS_DESCRIPTOR)
        declared = ((crc, entry.crc), (compressed_size, entry.compressed_size), (size, entry.size))
        for here, there in declared:
            if here not in (there, MAX_UINT32) and not (has_descriptor and here == 0):
                refuse("zip-layout", f"{entry.name!r}: its own header and the zip's directory disagree")
        rest: int = self._room - _LOCAL.size - name_size - extra_size - entry.compressed_size
        if rest not in (_DESCRIPTORS if has_descriptor else (0,)):
            refuse("zip-layout", f"{entry.name!r} does not end where the next entry begins")
        return rest

    def _check_form(self) -> None:
        entry = self._entry
        if entry.flags & _ENCRYPTED:
            raise _Broken("zip-encrypted", f"{entry.name!r} is encrypted")
        if entry.flags & ~_KNOWN_FLAGS:
            raise _Broken("zip-flags", f"{entry.name!r} has the unknown flags {entry.flags & ~_KNOWN_FLAGS:#06x}")
        if entry.is_directory:
            if entry.size or entry.compressed_size or entry.crc:
                raise _Broken("directory-with-data", f"{entry.name!r} is a directory and has contents")
        elif entry.method not in (_STORED, _DEFLATED):
            raise _Broken("zip-method", f"{entry.name!r} is packed by method {entry.method}: use deflate, or none")

    def _unpacked(self) -> Iterator[bytes]:
        if self._entry.method == _STORED or self._entry.is_directory:
            yield from self._packed()
            return
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for packed in chain(self._packed(), [b""]):
                rest = packed
                while data := inflater.decompress(rest, CHUNK_BYTES):
                    yield data
                    rest = inflater.unconsumed_tail
                if inflater.unused_data or (inflater.eof and packed and self._packed_left):
                    raise _Broken("zip-slack", f"{self._entry.name!r} has bytes behind the end of its packed data")
        except zlib.error as error:
            raise _Broken("zip-content", f"{self._entry.name!r} can't be unpacked: {error}") from error
        if not inflater.eof:
            raise _Broken("zip-content", f"{self._entry.name!r} can't be unpacked: its data are truncated")

    def _packed(self) -> Iterator[bytes]:
        while self._packed_left:
            data = self._file.read(min(self._packed_left, CHUNK_BYTES))
            if not data:
                refuse("zip-layout", f"{self._entry.name!r}: the zip ends within it")
            self._packed_left -= len(data)
            yield data

    def _take(self, data: bytes, *, kept: bool) -> None:
        self._size += len(data)
        if self._size > self._entry.size:
            raise _Broken(
                "zip-content", f"{self._entry.name!r} is longer than the {self._entry.size} bytes it declares"
            )
        self._crc = zlib.crc32(data, self._crc)
        self._hash.update(data)
        if kept:
            self._kept.append(data)

    def _check_end(self, descriptor_size: int) -> None:
        entry = self._entry
        if self._size != entry.size:
            raise _Broken("zip-content", f"{entry.name!r} is shorter than the {entry.size} bytes it declares")
        if self._crc != entry.crc:
            # Go takes 0 for "not known", and the contents on trust.
            code = "zip-content" if entry.crc else "zip-crc-missing"
            raise _Broken(code, f"{entry.name!r}: its contents and its CRC-32 disagree")
        if descriptor_size:
            descriptor = _DESCRIPTORS[descriptor_size].unpack(self._file.read(descriptor_size))
            if descriptor != (_DESCRIPTOR_SIGNATURE, entry.crc, entry.compressed_size, entry.size):
                raise _Broken("zip-descriptor", f"{entry.name!r}: its data descriptor and the zip's directory disagree")
