"""Zips of a.b/c@v1.0.0 written byte by byte, so that every field of them can lie."""

import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from gomod.errors import InvalidModule
from gomod.module import ModuleVersion
from gomod.modzip import check_zip

MODULE = ModuleVersion("a.b/c", "v1.0.0")
PREFIX = b"a.b/c@v1.0.0/"

STORED, DEFLATED = 0, 8
HAS_DESCRIPTOR, IS_UTF8 = 0x0008, 0x0800
REGULAR, DIRECTORY = 0o100644 << 16, 0o040755 << 16


def deflated(data: bytes) -> bytes:
    """The data as a raw deflate stream."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@dataclass(slots=True)
class Member:
    """One entry. `central` and `local` hold fields that say something else than the truth."""

    name: bytes
    data: bytes = b""
    method: int = DEFLATED
    flags: int = 0
    attributes: int = REGULAR
    packed: bytes | None = None  # instead of the data, packed
    descriptor: bytes | None = None  # instead of the true one, where the flags say that there is one
    extra: bytes = b""
    local_extra: bytes = b""
    central: dict[str, int | bytes] = field(default_factory=dict)
    local: dict[str, int | bytes] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """What stands between the local header and the descriptor."""
        if self.packed is not None:
            return self.packed
        return deflated(self.data) if self.method == DEFLATED else self.data

    def fields(self) -> dict[str, int | bytes]:
        """The true values."""
        return {
            "made_by": 0x0314,
            "needed": 20,
            "flags": self.flags,
            "method": self.method,
            "time": 0,
            "date": 0x21,
            "crc": zlib.crc32(self.data),
            "compressed": len(self.content),
            "size": len(self.data),
            "name": self.name,
            "disk": 0,
            "attributes": self.attributes,
        }

    def local_part(self) -> bytes:
        """Header, data and descriptor."""
        has_descriptor = bool(self.flags & HAS_DESCRIPTOR)
        unknown: dict[str, int | bytes] = {"crc": 0, "compressed": 0, "size": 0} if has_descriptor else {}
        f = self.fields() | unknown | self.local
        name = _bytes(f["name"])
        header = struct.pack(
            "<4s5H3L2H", b"PK\x03\x04", f["needed"], f["flags"], f["method"], f["time"], f["date"],
            f["crc"], f["compressed"], f["size"], len(name), len(self.local_extra),
        )  # fmt: skip
        descriptor = b""
        if self.descriptor is not None:
            descriptor = self.descriptor
        elif has_descriptor:
            true = self.fields()
            descriptor = struct.pack("<4s3L", b"PK\x07\x08", true["crc"], true["compressed"], true["size"])
        return header + name + self.local_extra + self.content + descriptor

    def central_part(self, offset: int) -> bytes:
        """The entry of the directory."""
        f = self.fields() | {"offset": offset} | self.central
        name = _bytes(f["name"])
        return struct.pack(
            "<4s6H3L5H2L", b"PK\x01\x02", f["made_by"], f["needed"], f["flags"], f["method"], f["time"], f["date"],
            f["crc"], f["compressed"], f["size"], len(name), len(self.extra), 0, f["disk"], 0, f["attributes"],
            f["offset"],
        ) + name + self.extra  # fmt: skip


def zipped(
    members: list[Member],
    *,
    leading: bytes = b"",
    gap: bytes = b"",
    trailing: bytes = b"",
    comment: bytes = b"",
    zip64: bool = False,
    end: dict[str, int] | None = None,
) -> bytes:
    """The bytes of a zip: `gap` stands before its directory, `end` holds fields of its end that lie."""
    data, directory = bytearray(leading), bytearray()
    for member in members:
        directory += member.central_part(len(data))
        data += member.local_part()
    data += gap
    f = {
        "disk": 0,
        "first": 0,
        "here": len(members),
        "count": len(members),
        "size": len(directory),
        "offset": len(data),
    }
    f |= {"comment": len(comment)} | (end or {})
    data += directory
    if zip64:
        record = struct.pack(
            "<4sQ2H2L4Q",
            b"PK\x06\x06",
            44,
            45,
            45,
            f["disk"],
            f["first"],
            f["here"],
            f["count"],
            f["size"],
            f["offset"],
        )
        data += record + struct.pack("<4sLQL", b"PK\x06\x07", 0, len(data), 1)
        f |= {"here": 0xFFFF, "count": 0xFFFF, "size": 0xFFFFFFFF, "offset": 0xFFFFFFFF}
    data += struct.pack(
        "<4s4H2LH", b"PK\x05\x06", f["disk"], f["first"], f["here"], f["count"], f["size"], f["offset"], f["comment"]
    )
    return bytes(data + comment + trailing)


def module_zip(path: Path, prefix: str, files: dict[str, bytes]) -> Path:
    """Write an honest zip."""
    members = [Member(f"{prefix}/{name}".encode("utf-8", "surrogateescape"), data) for name, data in files.items()]
    path.write_bytes(zipped(members))
    return path


def violation_codes(path: Path, module: ModuleVersion = MODULE) -> set[str]:
    """The codes of all that is wrong with a zip; none when nothing is."""
    try:
        check_zip(module, path)
    except InvalidModule as error:
        violations = error.violations
    else:
        return set()
    assert all(violation.message.isprintable() for violation in violations)
    return {violation.code for violation in violations}


def write_anew(path: Path, data: bytes) -> None:
    """Replace a file by another one. Writing over it would have the file system sync it, which takes milliseconds."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def _bytes(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value
