"""Zips made to break, fool or exhaust whoever reads them."""

import os
import random
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from gomod.limits import MAX_NAMES, MAX_ZIP_FILE
from gomod.modzip import check_zip
from tests.gomod.oracle import Oracle
from tests.gomod.test_differential_zip import OURS_ALONE, is_taken
from tests.gomod.zips import (
    DIRECTORY,
    HAS_DESCRIPTOR,
    MODULE,
    PREFIX,
    STORED,
    Member,
    deflated,
    violation_codes,
    zipped,
)  # fmt: skip

GO_MOD = Member(PREFIX + b"go.mod", b"module a.b/c\n")
EMPTY = Member(PREFIX + b"x/", b"", STORED, 0, DIRECTORY)
NOTHING64 = zipped([], zip64=True)
_CRC_OF_X = zlib.crc32(b"x")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test writes its zip."""
    return tmp_path / "some.zip"


# What x/mod and Go take, and we do not.
HOSTILE: dict[str, tuple[str, bytes]] = {
    "a symbolic link": ("irregular-file", zipped([Member(PREFIX + b"x", b"/etc/passwd", attributes=0o120777 << 16)])),
    "a device": ("irregular-file", zipped([Member(PREFIX + b"x", attributes=0o020666 << 16)])),
    "a pipe": ("irregular-file", zipped([Member(PREFIX + b"x", attributes=0o010666 << 16)])),
    "a directory that is named like a file": ("irregular-file", zipped([Member(PREFIX + b"x", attributes=0x10)])),
    "a file that is named like a directory": ("irregular-file", zipped([Member(PREFIX + b"x/", b"", STORED)])),
    "an encrypted file": ("zip-encrypted", zipped([Member(PREFIX + b"x", b"x", flags=1)])),
    "an unknown flag": ("zip-flags", zipped([Member(PREFIX + b"x", b"x", flags=0x40)])),
    "junk before it": ("zip-layout", zipped([GO_MOD], leading=b"#!/bin/sh\n")),
    "junk in it": ("zip-layout", zipped([GO_MOD], gap=b"junk")),
    "junk behind it": ("zip-layout", zipped([GO_MOD], trailing=b"junk")),
    "a zip before it": ("zip-layout", zipped([Member(b"other")]) + zipped([GO_MOD])),
    "another name in its own header": ("zip-layout", zipped([Member(PREFIX + b"x", local={"name": PREFIX + b"y"})])),
    "another size in its own header": ("zip-layout", zipped([Member(PREFIX + b"x", b"x", local={"size": 7})])),
    "another method in its own header": ("zip-layout", zipped([Member(PREFIX + b"x", b"x", local={"method": 0})])),
    "another checksum in its own header": ("zip-layout", zipped([Member(PREFIX + b"x", b"x", local={"crc": 7})])),
    "a descriptor that only its own header knows": (
        "zip-layout",
        zipped([Member(PREFIX + b"x", b"x", local={"flags": HAS_DESCRIPTOR})]),
    ),
    "a descriptor with another size": (
        "zip-descriptor",
        zipped([Member(PREFIX + b"x", b"x", flags=8, descriptor=b"PK\x07\x08" + struct.pack("<3L", _CRC_OF_X, 3, 9))]),
    ),
    "a descriptor without signature": (
        "zip-layout",
        zipped([Member(PREFIX + b"x", b"x", flags=8, descriptor=struct.pack("<3L", _CRC_OF_X, 3, 1))]),
    ),
    "no checksum": ("zip-crc-missing", zipped([Member(PREFIX + b"x", b"x", central={"crc": 0}, local={"crc": 0})])),
    "bytes behind the packed data": (
        "zip-slack",
        zipped([Member(PREFIX + b"x", b"x", packed=deflated(b"x") + b"hidden")]),
    ),
    "a directory with a checksum": (
        "directory-with-data",
        zipped([Member(PREFIX + b"x/", b"", STORED, 0, DIRECTORY, central={"crc": 1}, local={"crc": 1})]),
    ),
    "a directory that stands there twice, once with a size": (
        "directory-with-data",
        zipped([replace(EMPTY, central={"size": 1 << 30}, local={"size": 1 << 30}), EMPTY]),
    ),
    "several disks": ("zip-layout", zipped([GO_MOD], end={"disk": 1})),
    "fewer entries than it lists": ("zip-layout", zipped([GO_MOD, Member(PREFIX + b"x")], end={"here": 1})),
    "two zip64 fields": (
        "zip-layout",
        zipped([Member(PREFIX + b"x", b"x", central={"size": 0xFFFFFFFF}, extra=2 * struct.pack("<2HQ", 1, 8, 1))]),
    ),
    "junk in a zip64": ("zip-layout", zipped([GO_MOD], gap=b"junk", zip64=True)),
    "a zip64 record that lacks a byte": ("zip-layout", NOTHING64[:30] + NOTHING64[31:]),
    "packed data that reach into the directory": (
        "zip-layout",
        zipped([Member(PREFIX + b"x", b"x", central={"compressed": 20}, local={"compressed": 20})]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_go_takes_it_and_we_refuse_it(path: Path, oracle: Oracle, what: str) -> None:
    code, data = HOSTILE[what]
    path.write_bytes(data)
    assert violation_codes(path) == {code}
    assert is_taken(oracle.ask_one("check_zip", MODULE.path, MODULE.version, str(path)))


def test_each_rule_of_ours_alone_has_its_hostile_zip() -> None:
    shown = {code for code, _ in HOSTILE.values()}
    too_large_to_show = {"path-too-long", "too-many-files"}  # go takes those as far as the file system does
    assert shown | too_large_to_show == OURS_ALONE


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "zip-format"),
        (b"PK\x05\x06", "zip-format"),
        (b"module a.b/c\n" * 1000, "zip-format"),
        (zipped([GO_MOD], end={"comment": 9}), "zip-format"),
        (zipped([GO_MOD], end={"size": 1 << 30}), "zip-format"),
        (zipped([GO_MOD], end={"offset": 0}), "zip-layout"),
        (zipped([GO_MOD], end={"count": 7, "here": 7}), "zip-layout"),
        (zipped([GO_MOD], zip64=True, end={"count": 1 << 60, "here": 1 << 60}), "too-many-files"),
        (zipped([Member(PREFIX + b"x", b"x", central={"offset": 9})]), "zip-layout"),
        (zipped([Member(PREFIX + b"x", b"x", central={"size": 0xFFFFFFFF})]), "zip-layout"),
        (zipped([Member(PREFIX + b"x", b"x", method=12)]), "zip-method"),
        (zipped([Member(PREFIX + b"x", b"x", packed=b"\xff\xff\xff")]), "zip-content"),
        (zipped([Member(PREFIX + b"x", b"x" * 99, packed=deflated(b"x" * 99)[:-2])]), "zip-content"),
        (zipped([Member(PREFIX + b"x", b"x", packed=deflated(b"xyz"))]), "zip-content"),
        (zipped([Member(PREFIX + b"x", b"xyz", packed=deflated(b"x"))]), "zip-content"),
        (zipped([Member(PREFIX + b"x", b"xyz", packed=deflated(b"xya"))]), "zip-content"),
        (zipped([Member(PREFIX + b"x/", b"data", STORED, 0, DIRECTORY)]), "directory-with-data"),
    ],
)
def test_a_broken_zip_is_refused_by_go_and_us(path: Path, oracle: Oracle, data: bytes, code: str) -> None:
    path.write_bytes(data)
    assert violation_codes(path) == {code}
    assert not is_taken(oracle.ask_one("check_zip", MODULE.path, MODULE.version, str(path)))


def test_a_zip_cut_off_anywhere_is_refused(path: Path) -> None:
    numbers = random.Random(1)
    files = {f"{number}.go": numbers.randbytes(7000) for number in range(20)}
    files["nested.zip"] = zipped([Member(PREFIX + b"go.mod", b"module a.b/c\n", STORED)])
    whole = zipped([Member(PREFIX + name.encode(), data, STORED) for name, data in files.items()])
    path.write_bytes(whole)
    assert len(check_zip(MODULE, path).files) == 21
    for length in [*range(0, len(whole), 1024), *range(len(whole) - 2000, len(whole))]:
        path.write_bytes(whole[:length])
        assert violation_codes(path) <= {"zip-format", "zip-layout"}


def test_a_bomb_of_overlapping_entries_is_refused_unread(path: Path) -> None:
    bomb = Member(PREFIX + b"0", bytes(1 << 20))
    entries = b"".join(
        Member(
            PREFIX + b"%d" % number, central={"compressed": len(bomb.content), "size": 1 << 20, "crc": 0}
        ).central_part(0)
        for number in range(400)
    )
    data = bomb.local_part()
    path.write_bytes(
        data + entries + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 400, 400, len(entries), len(data), 0)
    )
    assert violation_codes(path) == {"zip-layout"}


_MEASURE = """
import sys, time
from pathlib import Path
from gomod.errors import InvalidModule
from gomod.module import ModuleVersion
from gomod.modzip import check_zip
began = time.process_time()
try:
    print(len(check_zip(ModuleVersion("a.b/c", "v1.0.0"), Path(sys.argv[1])).files))
except InvalidModule as error:
    print(error.violations[0].code)
print(time.process_time() - began)
print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
"""


def cost(path: Path) -> tuple[str, float, int]:
    """What a fresh process makes of a zip, in how many seconds of CPU and with how many MiB at most."""
    ended = subprocess.run([sys.executable, "-c", _MEASURE, path], check=True, capture_output=True, text=True)
    result, spent, peak = ended.stdout.split()
    return result, float(spent), int(peak)


def test_500_mib_are_read_in_little_memory(path: Path) -> None:
    size = 100 << 20
    crc, packed = zlib.crc32(bytes(size)), deflated(bytes(size))
    lies: dict[str, int | bytes] = {"crc": crc, "size": size}
    path.write_bytes(zipped([Member(PREFIX + b"%d" % n, packed=packed, central=lies, local=lies) for n in range(5)]))
    result, spent, peak = cost(path)
    assert result == "5"
    assert peak < 64
    assert spent < 60


def test_500_mib_that_were_stored_are_read_in_little_memory(path: Path) -> None:
    size, crc = MAX_ZIP_FILE - 4096, 0
    for _ in range(size // 4096):
        crc = zlib.crc32(bytes(4096), crc)
    truth: dict[str, int | bytes] = {"crc": crc, "compressed": size, "size": size}
    member = Member(PREFIX + b"x", b"", STORED, central=truth, local=truth)
    head, directory = member.local_part(), member.central_part(0)
    with path.open("wb") as file:
        file.write(head)
        file.seek(size, os.SEEK_CUR)
        file.write(directory)
        file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(head) + size, 0))
    result, spent, peak = cost(path)
    assert result == "1"
    assert peak < 64
    assert spent < 60


@pytest.mark.parametrize("name", ["%d", "%d/" * 20 + "x"])
def test_more_names_than_memory_is_for_are_refused_in_little_of_it(path: Path, name: str) -> None:
    count = MAX_NAMES + 1 if name == "%d" else 20_000
    entries = b"".join(
        Member(PREFIX + name.replace("%d", str(number)).encode(), b"", STORED).central_part(0)
        for number in range(count)
    )
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(entries), 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(entries), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(entries + record + locator + end)
    result, spent, peak = cost(path)
    assert result == "too-many-files"
    assert peak < 192
    assert spent < 60
