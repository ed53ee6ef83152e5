"""Reads a bundle: nothing of it is believed before its manifest holds, and nothing taken in before all of it does."""

import hashlib
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gomod import layout
from gomod.errors import Malformed, NotFound
from gomod.layout import FileRequest, Kind
from gomod.limits import CHUNK_BYTES
from gomod.module import ModuleVersion
from gomod_admin.errors import BadBundle
from gomod_admin.foreign import Foreign, Open
from gomod_admin.gosum import GoSum, parse_go_sum
from gomod_admin.manifest import GO_SUM, MANIFEST, MAX_BYTES, SIGNATURE, parse_manifest
from gomod_admin.signature import is_signed


class Bundle:
    """A bundle whose signature, if one is asked for, and whose checksums hold."""

    def __init__(self, archive: tarfile.TarFile, members: dict[str, tarfile.TarInfo], go_sum: GoSum) -> None:
        """Raises BadBundle for a file that is none of a version, or a version that go.sum does not know."""
        self.go_sum = go_sum
        self._files: dict[ModuleVersion, dict[Kind, Open]] = {}
        for name, member in members.items():
            request = _parse(name)
            if request.kind != "info" and request.module not in go_sum.of(request.kind):
                raise BadBundle(f"its {GO_SUM} has no hash of {name}")
            self._files.setdefault(request.module, {})[request.kind] = partial(_content, archive, member)

    def versions(self) -> Iterator[Foreign]:
        """Every version in it."""
        return (Foreign(module, files, parted=True) for module, files in self._files.items())


@contextmanager
def opened(file: Path, key: Ed25519PublicKey | None) -> Iterator[Bundle]:
    """The bundle in a file; with a key, it must be signed by who has its other half. Raises BadBundle, OSError."""
    try:
        with tarfile.open(file, "r:") as archive:
            digests = parse_manifest(_signed_manifest(archive, key))
            members = _verified(archive, digests)
            go_sum = members.pop(GO_SUM, None)
            if go_sum is None or go_sum.size > MAX_BYTES:
                raise BadBundle(f"it has no {GO_SUM}, or one that is too large")
            try:
                sums = parse_go_sum(_content(archive, go_sum).read())
            except Malformed as error:
                raise BadBundle(str(error)) from error
            yield Bundle(archive, members, sums)
    except (tarfile.TarError, EOFError) as error:
        raise BadBundle(f"it is no tar archive, or ends too early: {error}") from error


def _signed_manifest(archive: tarfile.TarFile, key: Ed25519PublicKey | None) -> bytes:
    """The manifest, which must come first, and behind it the signature: before anything else is looked at."""
    manifest = _small(archive, MANIFEST)
    if key is not None and not is_signed(key, manifest, _small(archive, SIGNATURE)):
        raise BadBundle("its signature was not made with the other half of this key")
    return manifest


def _small(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.next()
    if member is None or member.name != name or not member.isreg() or member.size > MAX_BYTES:
        raise BadBundle(f"it has no {name} where it should be")
    return _content(archive, member).read()


def _verified(archive: tarfile.TarFile, digests: dict[str, str]) -> dict[str, tarfile.TarInfo]:
    """The files that the manifest names, each read once and with the bytes that it should have."""
    members: dict[str, tarfile.TarInfo] = {}
    while (member := archive.next()) is not None:
        if member.name == SIGNATURE and not members:
            continue  # signed, and nobody asked by whom
        if member.name not in digests or member.name in members or not member.isreg() or member.issparse():
            raise BadBundle(f"{member.name!r} is not in its {MANIFEST}, is there twice, or is no file")
        if _digest(_content(archive, member)) != digests[member.name]:
            raise BadBundle(f"{member.name} has not the bytes that its {MANIFEST} says")
        members[member.name] = member
    if missing := digests.keys() - members.keys():
        raise BadBundle(f"{len(missing)} files of its {MANIFEST} are not there, {min(missing)} for one")
    return members


def _digest(content: BinaryIO) -> str:
    digest = hashlib.sha256()
    with content:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> BinaryIO:
    content = archive.extractfile(member)
    assert content is not None  # it is a regular file
    return cast("BinaryIO", content)  # typeshed says IO[bytes], of which BinaryIO is the older name


def _parse(name: str) -> FileRequest:
    try:
        request = layout.parse(name)
    except (Malformed, NotFound) as error:
        raise BadBundle(f"{name!r} is no file of a module") from error
    if not isinstance(request, FileRequest) or layout.file_name(request.module, request.kind) != name:
        raise BadBundle(f"{name!r} is no file of a version")
    return request
