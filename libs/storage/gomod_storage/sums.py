"""What each version hashed to when it was committed, beside the data and in the words of go.sum.

So a scrub can tell bytes that rotted from bytes that were always so, and a version that was taken away can only come
back as what it was. A version that Athens stored is put on record when it is scrubbed for the first time.
"""

import errno
import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

from gomod import layout
from gomod.dirhash import hash1, hash_go_mod, hash_zip
from gomod.errors import AlreadyExists, InvalidModule, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import durable, version_folder
from gomod_storage.places import Places
from gomod_storage.staging import held_file
from gomod_storage.store import Hashes, Release

SUFFIX = ".sum"

_SEAL = re.compile(rb"seal ([0-9a-f]{64})\n\Z")
"""The last line, a hash of those before it: by hashes that rotted themselves nothing is judged.

Older records have none, and end with a hash as go.sum writes it."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The hashes of a version's three files."""

    h1: str  # of the zip, as go.sum writes it: "h1:…="
    go_mod_h1: str
    info_h1: str  # made like that of the go.mod, and go.sum has none; empty when it is not on record

    def differences(self, now: "Sums") -> list[tuple[str, str, str]]:
        """What each file that hashes differently now is called, what it hashed to, and what it hashes to now."""
        pairs = (
            ("zip", self.h1, now.h1),
            ("go.mod", self.go_mod_h1, now.go_mod_h1),
            (".info", self.info_h1 or now.info_h1, now.info_h1 or self.info_h1),
        )
        return [pair for pair in pairs if pair[1] != pair[2]]


def of_release(release: Release) -> Sums:
    """What a release that is about to be committed hashes to. Raises OSError."""
    return Sums(release.h1, release.go_mod_h1, hash_info(release.read("info")))


def of_folder(folder: Path) -> Sums:
    """What a version that stands hashes to now. Raises InvalidModule, Unavailable and OSError."""
    zip_file, mod, info = (folder / version_folder.file_name(folder.name, kind) for kind in version_folder.KINDS)
    return Sums(hash_zip(zip_file), hash_go_mod(mod.read_bytes()), hash_info(info.read_bytes()))


def hash_info(data: bytes) -> str:
    """The hash of an .info."""
    return hash1(["info"], lambda _: io.BytesIO(data))


def put(places: Places, module: ModuleVersion, sums: Sums) -> None:
    """Put a version's hashes on record, synced. Raises OSError."""
    target = _file(places, module)
    durable.make_folders(places.root, target.parent)
    with held_file(places, _encode(module, sums)) as fresh:
        fresh.rename(target)
    durable.sync_entry(places.root, target)


def put_standing(places: Places, module: ModuleVersion) -> None:
    """Put on record what stands, if it can be read. Raises OSError."""
    try:
        now = of_folder(places.version(module))
    except (FileNotFoundError, InvalidModule, Unavailable):
        return  # nothing stands, or the scrub will say so
    put(places, module, now)


def complete(places: Places, module: ModuleVersion) -> None:
    """Put the hashes of a version that stands on record unless they are; they are made from its files. Raises OSError.

    For a commit that was cut short a moment ago, whose files were synced before it.
    """
    recorded = find(places, module)
    if recorded and recorded.info_h1:
        return
    try:
        now = of_folder(places.version(module))
    except InvalidModule:
        return  # the scrub will say so
    if recorded is None or not recorded.differences(now):
        put(places, module, now)


def forget_info(places: Places, module: ModuleVersion) -> None:
    """Of a version that is to come back, two hashes hold for ever: with another .info it is the same module.

    Raises OSError.
    """
    recorded = find(places, module)
    if recorded and recorded.info_h1:
        put(places, module, Sums(recorded.h1, recorded.go_mod_h1, ""))


def check(places: Places, release: Release) -> bool:
    """Whether the module of a release has been on record before. Raises AlreadyExists as `compare`, and OSError."""
    recorded = find(places, release.module)
    if recorded is None:
        return False
    compare(release, recorded)
    return True


def compare(release: Release, stored: Sums) -> None:
    """Raise AlreadyExists unless a release is the module that is stored, however its zip was packed."""
    for what, then, offered in stored.differences(Sums(release.h1, release.go_mod_h1, "")):
        raise _exists(release.module, what, then, offered)


def check_go_mod(places: Places, module: ModuleVersion, data: bytes) -> None:
    """Raise AlreadyExists when another go.mod of the version is on record. Raises OSError."""
    recorded, offered = find(places, module), hash_go_mod(data)
    if recorded is not None and recorded.go_mod_h1 != offered:
        raise _exists(module, "go.mod", recorded.go_mod_h1, offered)


def read(places: Places, module: ModuleVersion) -> Hashes:
    """The hashes on record. Raises OSError; FileNotFoundError when there are none."""
    recorded = find(places, module)
    if recorded is None:
        raise FileNotFoundError(f"no hashes of {module}")
    return Hashes(recorded.h1, recorded.go_mod_h1)


def find(places: Places, module: ModuleVersion) -> Sums | None:
    """The hashes on record; None when there are none that can be understood. Raises OSError, also when they rotted."""
    file = _file(places, module)
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    seal = _SEAL.search(data)
    if seal and seal[1].decode() != _hash(data[: seal.start()]):
        where = file.relative_to(places.root)
        raise OSError(errno.EIO, f"the hashes on record in {where} are not as they were written")
    lines = data.decode(errors="replace").splitlines()
    found = dict(line.rpartition(" ")[::2] for line in lines)
    name = f"{module.path} {module.version}"
    if name not in found or f"{name}/go.mod" not in found:
        return None
    return Sums(found[name], found[f"{name}/go.mod"], found.get(f"{name}/info", ""))


def _exists(module: ModuleVersion, what: str, stored: str, offered: str) -> AlreadyExists:
    return AlreadyExists(
        f"{module} exists with another {what} ({stored}, not {offered}) and stays as it is; "
        "publish the change as a new version",
        stored_h1=stored,
        offered_h1=offered,
    )


def _file(places: Places, module: ModuleVersion) -> Path:
    return places.sums / f"{layout.file_name(module, 'info').removesuffix('.info')}{SUFFIX}"


def _encode(module: ModuleVersion, sums: Sums) -> bytes:
    name = f"{module.path} {module.version}"
    lines = [f"{name} {sums.h1}", f"{name}/go.mod {sums.go_mod_h1}"]
    if sums.info_h1:
        lines.append(f"{name}/info {sums.info_h1}")
    data = "".join(f"{line}\n" for line in lines).encode()
    return data + f"seal {_hash(data)}\n".encode()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
