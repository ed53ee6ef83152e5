"""One bit of what is stored, flipped behind the back of its store: a disk does not tell."""

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.store import AzureStore, S3Store

from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import PartKind, object_keys, version_folder
from gomod_storage.places import Places
from tests.storage.modules import Packed


def spoil(url: str, packed: Packed, kind: Kind) -> None:
    """In a file of a version, whatever store it is in."""
    if url.startswith("file:"):
        places = places_of(url)
        file = places.version(packed.module) / version_folder.file_name(packed.module.version, kind)
        _flip_file(file, _place_in_zip(packed.zip) if kind == "zip" else None)
        return
    objects = raw_objects(url)
    if kind == "zip":
        blob = object_keys.zip_blob(hashlib.sha256(packed.zip).hexdigest())
        _flip_object(objects, blob, _place_in_zip(packed.zip))
        return
    key = object_keys.record(packed.module)
    record = json.loads(bytes(objects.get(key).bytes()))
    record[kind] = flip(record[kind].encode()).decode()
    objects.put(key, json.dumps(record, indent=2).encode() + b"\n")


def spoil_part(url: str, module: ModuleVersion, kind: PartKind) -> None:
    """In a file that is kept of a version without its zip."""
    if url.startswith("file:"):
        _flip_file(places_of(url).part(module, kind))
    else:
        _flip_object(raw_objects(url), object_keys.part(module, kind))


def flip(data: bytes, place: int | None = None) -> bytes:
    """The lowest bit of the byte there, or in the middle: text stays text."""
    flipped = bytearray(data)
    flipped[len(data) // 2 if place is None else place] ^= 1
    return bytes(flipped)


def places_of(url: str) -> Places:
    """Of a volume."""
    return Places(Path(unquote(urlsplit(url).path)))


def raw_objects(url: str) -> S3Store | AzureStore:
    """The objects of a bucket, without anything of ours in between."""
    parsed = urlsplit(url)
    client = AzureStore if parsed.scheme == "az" else S3Store
    return client(parsed.netloc, prefix=parsed.path.strip("/"), client_options={"allow_http": True})


def _place_in_zip(data: bytes) -> int:
    """Of a byte in what the first file holds: no hash of go.sum tells of the date in its header."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first = archive.infolist()[0]
    begin = first.header_offset
    lengths = int.from_bytes(data[begin + 26 : begin + 28], "little") + int.from_bytes(
        data[begin + 28 : begin + 30], "little"
    )
    return begin + 30 + lengths + first.compress_size // 2


def _flip_file(file: Path, place: int | None = None) -> None:
    times = file.stat()
    data = flip(file.read_bytes(), place)
    with file.open("r+b") as same:  # the same inode: the projection is the same file
        same.write(data)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def _flip_object(objects: S3Store | AzureStore, key: str, place: int | None = None) -> None:
    objects.put(key, flip(bytes(objects.get(key).bytes()), place))
