"""The `h1:` hashes of go.sum: over names and contents only, never over a zip's own bytes (sumdb/dirhash)."""

import base64
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from gomod.errors import InvalidPath, Unavailable
from gomod.gostrings import to_bytes
from gomod.limits import CHUNK_BYTES, MAX_ZIP_FILE
from gomod.violations import invalid_module
from gomod.zipcontents import read_contents
from gomod.zipdirectory import read_directory, refuse


def hash1(names: Iterable[str], open_file: Callable[[str], BinaryIO]) -> str:
    """The hash of the files that `open_file` opens by name. Raises InvalidPath for a name with a newline."""
    return hash1_of_digests((name, _sha256(open_file(name))) for name in names)


def hash1_of_digests(digests: Iterable[tuple[str, str]]) -> str:
    """The hash of files whose names and SHA-256 (in hexadecimal) are known already."""
    total = hashlib.sha256()
    for name, digest in sorted((to_bytes(name), digest) for name, digest in digests):
        if b"\n" in name:
            raise InvalidPath("file", name.decode("utf-8", "replace"), "names with newlines can't be hashed")
        total.update(b"%s  %s\n" % (digest.encode(), name))
    return "h1:" + base64.b64encode(total.digest()).decode()


def hash_go_mod(data: bytes) -> str:
    """The hash that go.sum has on the line `<module> <version>/go.mod`."""
    return hash1(["go.mod"], lambda _: io.BytesIO(data))


def hash_dir(directory: Path, prefix: str) -> str:
    """The hash of a directory's files, named `<prefix>/<path>`; for a module the prefix is `<path>@<version>`.

    A symbolic link counts as the file that it leads to. Raises InvalidPath for a name with a newline, Unavailable when
    something can't be read.
    """
    try:
        paths = {f"{prefix}/{path.relative_to(directory).as_posix()}": path for path in _files_below(directory)}
        return hash1(paths, lambda name: paths[name].open("rb"))
    except OSError as error:
        raise Unavailable(f"{directory} can't be read: {error}") from error


def hash_zip(path: Path) -> str:
    """The hash of a zip's files and directories: what go.sum has on the line `<module> <version>`.

    Raises InvalidModule for what is no sound zip, and Unavailable when it can't be read.
    """
    try:
        with path.open("rb") as file:
            return hash_open_zip(file)
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error}") from error


def hash_open_zip(file: BinaryIO) -> str:
    """The same of a zip that is open. Raises InvalidModule, and OSError when it can't be read."""
    directory = read_directory(file)
    if directory.unpacked_size > MAX_ZIP_FILE:
        refuse("content-too-large", f"the zip's files have more than {MAX_ZIP_FILE} bytes")
    contents = {content.entry.offset: content for content in read_contents(file, directory, keep="")}
    if violations := [content.violation for content in contents.values() if content.violation is not None]:
        raise invalid_module(violations)
    # Of a name that stands there twice go hashes the last file, twice.
    digests = {entry.name: contents[entry.offset].sha256 for entry in directory.entries}
    return hash1_of_digests((entry.name, digests[entry.name]) for entry in directory.entries)


def _files_below(directory: Path) -> Iterator[Path]:
    def fail(error: OSError) -> NoReturn:
        raise error

    for parent, folders, names in os.walk(directory, onerror=fail):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        yield from (Path(parent, name) for name in names + links)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    with file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
