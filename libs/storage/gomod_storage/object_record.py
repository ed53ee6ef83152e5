"""The record of a version in a bucket: its .info, its go.mod, and which blob is its zip. Creating it is the commit.

Both texts are in it, since go asks for them far more often than for zips: each is one request, and none of the three
files can be another writer's.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from gomod.errors import AlreadyExists, NotFound, Unavailable
from gomod.module import ModuleVersion
from gomod_storage.gone import damaged
from gomod_storage.store import Document, Hashes, Release
from gomod_storage.sums import Sums, hash_info


@dataclass(frozen=True, slots=True)
class Record:
    """A committed version."""

    path: str
    version: str
    info: str  # the bytes as text; such as are no UTF-8 as lone surrogates, so that none is lost
    mod: str
    zip_sha256: str
    zip_bytes: int
    h1: str
    go_mod_h1: str
    committed: str  # RFC 3339, UTC
    nonce: str
    """The writer's own mark, by which it knows its record again after a lost answer."""
    info_h1: str = ""
    fate: Literal["", "gone", "lost"] = ""
    """What became of a version that was taken away; of it only the hashes still hold, see `gone`."""
    reason: str = ""
    seal: str = ""
    """A hash of all members but the two texts, which have hashes of their own: by a record that rotted nothing is
    judged."""

    @property
    def module(self) -> ModuleVersion:
        """What it is the record of."""
        return ModuleVersion(self.path, self.version)

    @property
    def modified(self) -> float:
        """When it was committed, in seconds since the epoch."""
        return datetime.fromisoformat(self.committed).timestamp()

    @property
    def hashes(self) -> Hashes:
        """What the version hashes to."""
        return Hashes(self.h1, self.go_mod_h1)

    @property
    def sums(self) -> Sums:
        """What its three files hash to."""
        return Sums(self.h1, self.go_mod_h1, self.info_h1)

    @property
    def size(self) -> int:
        """The bytes of its three files."""
        return self.zip_bytes + len(self.document(self.info).data) + len(self.document(self.mod).data)

    def check(self) -> None:
        """Return when the version is there. Raises NotFound when it is gone, and Damaged when it is lost."""
        if self.fate == "gone":
            raise NotFound(f"{self.module}: not in the store")
        if self.fate == "lost":
            raise damaged(self.module)

    def document(self, text: str) -> Document:
        """`info` or `mod` as it was committed."""
        return Document(text.encode("utf-8", "surrogateescape"), self.modified)

    def encode(self) -> bytes:
        """The object's bytes."""
        return json.dumps(asdict(self) | {"seal": self._hash()}, indent=2).encode() + b"\n"

    def is_sound(self) -> bool:
        """Whether its members are those that it was written with; for the two texts ask their hashes."""
        return self.seal in ("", self._hash())  # empty: it was written before there were seals

    def _hash(self) -> str:
        sealed = asdict(replace(self, info="", mod="", seal=""))
        return hashlib.sha256(json.dumps(sealed, sort_keys=True).encode()).hexdigest()

    def compare(self, release: Release) -> None:
        """Raise AlreadyExists unless it is of the same module as `release`, however its zip was packed."""
        if self.h1 != release.h1:
            raise self._exists("zip", self.h1, release.h1)
        self.compare_go_mod(release.go_mod_h1)

    def compare_go_mod(self, go_mod_h1: str) -> None:
        """Raise AlreadyExists unless its go.mod hashes to this."""
        if self.go_mod_h1 != go_mod_h1:
            raise self._exists("go.mod", self.go_mod_h1, go_mod_h1)

    def _exists(self, what: str, stored: str, offered: str) -> AlreadyExists:
        return AlreadyExists(
            f"{self.module} exists with another {what} ({stored}, not {offered}) and stays as it is; "
            "publish the change as a new version",
            stored_h1=stored,
            offered_h1=offered,
        )


def compose(release: Release) -> Record:
    """The record of a staged version, with a nonce of its own. Reads its three files; raises OSError."""
    with release.staging.zip.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = os.fstat(file.fileno()).st_size
    info = release.read("info")
    return Record(
        path=release.module.path,
        version=release.module.version,
        info=info.decode("utf-8", "surrogateescape"),
        mod=release.read("mod").decode("utf-8", "surrogateescape"),
        zip_sha256=sha256,
        zip_bytes=size,
        h1=release.h1,
        go_mod_h1=release.go_mod_h1,
        committed=datetime.now(UTC).isoformat(),
        nonce=os.urandom(16).hex(),
        info_h1=hash_info(info),
    )


def decode(data: bytes) -> Record:
    """A record from its bytes. Raises Unavailable for what is none, or not as it was written."""
    try:
        record = Record(**json.loads(data))
    except (ValueError, TypeError) as error:
        raise Unavailable(f"a version's record in the store is damaged: {error}") from error
    if not record.is_sound():
        raise Unavailable("a version's record in the store is damaged: it is not as it was written")
    return record
