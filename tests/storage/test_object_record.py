"""A record in a bucket knows when it is not what was written."""

import json
from pathlib import Path

from gomod.dirhash import hash_go_mod
from gomod.errors import Unavailable
from gomod_storage import Staging, object_record
from gomod_storage.object_record import Record
from gomod_storage.sums import hash_info
from tests.storage.modules import pack

LIB = pack("git.example.com/Team/lib", "v1.0.0")


def compose(folder: Path) -> Record:
    return object_record.compose(LIB.write(Staging(folder)))


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    record = compose(tmp_path)
    read = object_record.decode(record.encode())
    assert (read.path, read.version, read.sums) == (LIB.module.path, LIB.module.version, record.sums)
    assert read.document(read.info).data == LIB.info
    assert read.size == len(LIB.zip) + len(LIB.mod) + len(LIB.info)


def test_a_record_of_before_there_were_seals_is_read(tmp_path: Path) -> None:
    members = json.loads(compose(tmp_path).encode())
    del members["seal"], members["info_h1"]
    assert object_record.decode(json.dumps(members).encode()).module == LIB.module


def test_no_bit_can_flip_unnoticed(tmp_path: Path) -> None:
    """In what is sealed it is seen at once; in a text by its hash, as that of a zip is."""
    written = compose(tmp_path).encode()
    members = json.loads(written)
    noticed = {"record": 0, "text": 0}
    for place in range(len(written)):
        for bit in range(8):
            spoiled = bytearray(written)
            spoiled[place] ^= 1 << bit
            try:
                record = object_record.decode(bytes(spoiled))
            except Unavailable:
                noticed["record"] += 1
                continue
            now = hash_go_mod(record.document(record.mod).data), hash_info(record.document(record.info).data)
            if now != (record.go_mod_h1, record.info_h1):
                noticed["text"] += 1
            else:  # a space between two members became another kind of space
                assert json.loads(spoiled) == members
    assert noticed["record"] > noticed["text"] > len(LIB.info) + len(LIB.mod)
