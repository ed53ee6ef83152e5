"""One bit of what is stored, flipped behind the back of its store: a disk does not tell."""

import hashlib
import json
import os
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
        _flip_file(places.version(packed.module) / version_folder.file_name(packed.module.version, kind))
        return
    objects = raw_objects(url)
    if kind == "zip":
        _flip_object(objects, object_keys.zip_blob(hashlib.sha256(packed.zip).hexdigest()))
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


def flip(data: bytes) -> bytes:
    """The lowest bit of the byte in the middle: text stays text."""
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    return bytes(flipped)


def places_of(url: str) -> Places:
    """Of a volume."""
    return Places(Path(unquote(urlsplit(url).path)))


def raw_objects(url: str) -> S3Store | AzureStore:
    """The objects of a bucket, without anything of ours in between."""
    parsed = urlsplit(url)
    client = AzureStore if parsed.scheme == "az" else S3Store
    return client(parsed.netloc, prefix=parsed.path.strip("/"), client_options={"allow_http": True})


def _flip_file(file: Path) -> None:
    times = file.stat()
    data = flip(file.read_bytes())
    with file.open("r+b") as same:  # the same inode: the projection is the same file
        same.write(data)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def _flip_object(objects: S3Store | AzureStore, key: str) -> None:
    objects.put(key, flip(bytes(objects.get(key).bytes())))
