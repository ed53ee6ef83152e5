"""Where everything lies in a bucket: the keys below its prefix, and which names fit."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from gomod import layout
from gomod.errors import InvalidPath
from gomod.layout import Kind
from gomod.module import ModuleVersion, unescape_path, unescape_version
from gomod_storage import names
from gomod_storage.store import PartKind

KEY_BYTES = 1024
"""The longest key, prefix included, that S3, Google and Azure take."""

MARKER = "gomod-registry.json"
"""Is there since the first start, so that whoever finds something absent can tell that from a missing bucket."""

BLOBS = "blobs"
MODULES = "modules"
WITHDRAWN = "withdrawn"
LOST = "lost"
PARTS = "parts"
NOTES = "notes"
INDEX = "index"
SWEPT = "swept"
USED = "used"

GONE = ".gone"

_RECORD = ".json"
_PAST_ALL_VERSIONS = "~"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys below a prefix of so many bytes. `@v` keeps any key from being the beginning of another one's path."""

    prefix_bytes: int

    def check(self, module: ModuleVersion) -> None:
        """Raise InvalidPath or InvalidVersion for what can't be a stored version."""
        names.check(module)
        self._check_length(withdrawal(module), module.path)

    def check_path(self, path: str) -> None:
        """Raise InvalidPath for what is no module path or too long to be stored."""
        names.check_path(path)
        self._check_length(f"{WITHDRAWN}/{layout.list_name(path)}", path)

    def fits(self, key: str) -> bool:
        """Whether a key is short enough."""
        return self.prefix_bytes + len(key.encode()) <= KEY_BYTES

    def _check_length(self, key: str, path: str) -> None:
        if not self.fits(key):
            raise InvalidPath("module", path, f"longer than {KEY_BYTES} bytes as an object's key")


def record(module: ModuleVersion) -> str:
    """The record of a version. When it is there, the version is committed."""
    return f"{MODULES}/{_stem(module)}{_RECORD}"


def records(path: str) -> str:
    """Below it are the records of a module's versions, and nothing else."""
    return f"{MODULES}/{_folder(path)}"


def past(path: str) -> str:
    """What comes after every record of a module, and before those of the next one."""
    return f"{records(path)}/{_PAST_ALL_VERSIONS}"


def withdrawal(module: ModuleVersion) -> str:
    """The mark on a version that was withdrawn."""
    return f"{WITHDRAWN}/{_stem(module)}{_RECORD}"


def gone(module: ModuleVersion) -> str:
    """The mark on a version that was taken away and is not to be listed."""
    return f"{WITHDRAWN}/{_stem(module)}{GONE}"


def lost(module: ModuleVersion) -> str:
    """The mark on a version that was taken away and is listed."""
    return f"{LOST}/{_stem(module)}{_RECORD}"


def withdrawals(path: str) -> str:
    """Below it are the marks on a module's versions that are not listed, and nothing else."""
    return f"{WITHDRAWN}/{_folder(path)}"


def module_of(key: str) -> ModuleVersion:
    """The version that a record, a mark or a part belongs to."""
    folder, _, name = key.partition("/")[2].rpartition("/")
    return ModuleVersion(unescape_path(folder.removesuffix("/@v")), unescape_version(name.rpartition(".")[0]))


def zip_blob(sha256: str) -> str:
    """A zip, by its bytes."""
    return f"{BLOBS}/{sha256}.zip"


def swept(blob: str) -> str:
    """Where a zip goes that no version has, for a while."""
    return f"{SWEPT}/{_name(blob)}"


def blob_of(swept: str) -> str:
    """Where a zip was that was swept away."""
    return f"{BLOBS}/{_name(swept)}"


def grave(record_nonce: str) -> str:
    """Where the zip of a version goes that is damaged."""
    return f"quarantine/{record_nonce}.zip"


def part(module: ModuleVersion, kind: PartKind) -> str:
    """One kept file of a version that is not whole."""
    return f"{PARTS}/{layout.file_name(module, kind)}"


def part_of(key: str) -> tuple[ModuleVersion, PartKind]:
    """The version that a kept file belongs to, and which of its files it is."""
    return module_of(key), "mod" if key.endswith(".mod") else "info"


def note(nonce: str) -> str:
    """What a writer is about to commit."""
    return f"{NOTES}/{nonce}{_RECORD}"


def segment(number: int) -> str:
    """One stretch of the index; they are counted from 1."""
    return f"{INDEX}/{number:08d}.jsonl"


def segment_number(key: str) -> int:
    """Which stretch of the index a key names."""
    return int(key.rpartition("/")[2].removesuffix(".jsonl"))


def audit(time: datetime, nonce: str) -> str:
    """One line of the audit log."""
    return f"audit/{time:%Y-%m}/{time:%Y-%m-%dT%H:%M:%S.%fZ}-{nonce}.json"


def kept(name: str) -> str:
    """A small file of the services' own."""
    return f"kept/{name}"


def used(name: str) -> str:
    """Notes of which versions were used."""
    return f"{USED}/{name}"


def lease(key: str) -> str:
    """Held by whoever's turn it is to do the work of this key."""
    return f"leases/{hashlib.sha256(key.encode()).hexdigest()}"


def probe(nonce: str) -> str:
    """What is written to see whether it can be."""
    return f"probes/{nonce}"


def _stem(module: ModuleVersion) -> str:
    kind: Kind = "info"
    return layout.file_name(module, kind).removesuffix(f".{kind}")


def _name(key: str) -> str:
    return key.rpartition("/")[2]


def _folder(path: str) -> str:
    return layout.list_name(path).rpartition("/")[0]
