"""The small files of a zip that check_zip has found to be sound; of any other, nothing here may be believed."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import BinaryIO

from gomod.zipdirectory import Entry, read_directory

_LOCAL_HEADER = Struct("<26x2H")  # only what its length depends on: the sizes of the name and of the extra field
_DEFLATED = 8


def small_files(archive: Path, largest: int, total: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents of files up to `largest` bytes, until they are `total` bytes. Raises OSError."""
    with archive.open("rb") as file:
        for entry in read_directory(file).entries:
            # Packed it may be far larger: deflate has empty blocks.
            if not entry.is_directory and entry.size <= min(largest, total) and entry.compressed_size <= largest:
                total -= entry.size
                yield entry.name, _content(file, entry)


def _content(file: BinaryIO, entry: Entry) -> bytes:
    file.seek(entry.offset)
    name_size, extra_size = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    file.seek(name_size + extra_size, 1)
    packed = file.read(entry.compressed_size)
    return zlib.decompress(packed, -zlib.MAX_WBITS) if entry.method == _DEFLATED else packed
