"""The rules for a version as a whole: its name, its .info, its go.mod and its zip, and that they belong together.

The uploader holds every submission to them, and gomod-publish what it is about to send: the same rules, the same words.
"""

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from gomod import modfile, semver
from gomod.dirhash import hash_go_mod
from gomod.errors import InvalidPath, InvalidVersion
from gomod.faults import Faults
from gomod.info import Info, parse_info
from gomod.layout import inner_version
from gomod.module import ModuleVersion, canonical_version, check_path, check_path_major, split_path_version
from gomod.modzip import CheckedZip, check_zip
from gomod.pseudo import is_pseudo_version, pseudo_version_base, pseudo_version_time


@dataclass(frozen=True, slots=True)
class CheckedModule:
    """A version that keeps every rule, and what its parts say."""

    module: ModuleVersion
    info: Info
    go_mod: bytes
    go_mod_h1: str
    archive: CheckedZip

    @property
    def h1(self) -> str:
        """The hash of the zip, as go.sum has it."""
        return self.archive.h1


def check_submission(module: ModuleVersion, *, info: bytes, go_mod: bytes, zip_path: Path) -> CheckedModule:
    """Judge a version by its three files, of which nothing is believed yet.

    Reads the whole zip. Raises InvalidModule with every broken rule that was found, Unavailable when the zip can't be
    read.
    """
    faults = Faults()
    named = _check_name(module, faults)
    parsed = _check_info(module, info, faults)
    _check_go_mod(module, go_mod, faults)
    archive = None
    if named:  # a zip can only be judged by the name that its files must begin with
        archive = _check_zip(module, zip_path, go_mod, faults)
        _check_time(module, parsed, faults)
    faults.raise_any()
    # What could not be read was a fault.
    assert parsed is not None
    assert archive is not None
    return CheckedModule(module, parsed, go_mod, hash_go_mod(go_mod), archive)


def _check_name(module: ModuleVersion, faults: Faults) -> bool:
    """Path, version, and that they belong together; whether all is well."""
    before = len(faults)
    with faults.caught("module-path"):
        check_path(module.path)
        if element := inner_version(module.path):
            raise InvalidPath(
                "module", module.path, f"the element {element!r} reads as a version of the path before it"
            )
    with faults.caught("module-version"):
        _check_version(module.version)
    if len(faults) == before:
        with faults.caught("module-version"):
            check_path_major(module.version, split_path_version(module.path)[1])
    return len(faults) == before


def _check_version(version: str) -> None:
    if not semver.is_valid(version):
        raise InvalidVersion(version, "not a semantic version like v1.2.3")
    if canonical_version(version) != version:
        raise InvalidVersion(version, f"not canonical; that would be {canonical_version(version)}")
    if is_pseudo_version(version):
        pseudo_version_base(version)
        pseudo_version_time(version)


def _check_info(module: ModuleVersion, data: bytes, faults: Faults) -> Info | None:
    info: Info | None = None
    with faults.caught("info"):
        info = parse_info(data)
        if info.version != module.version:
            faults.add("info-version", f".info says Version {info.version!r}, the upload says {module.version!r}")
    return info


def _check_go_mod(module: ModuleVersion, data: bytes, faults: Faults) -> None:
    """What every consumer needs of it; what only a main module needs (replace, exclude) is not judged."""
    with faults.caught("mod"):
        declared = modfile.parse_lax(data).module
        if declared != module.path:
            said = f"module {declared!r}" if declared else "no module"
            faults.add("mod-module", f"go.mod declares {said}, the upload says {module.path!r}")


def _check_zip(module: ModuleVersion, path: Path, go_mod: bytes, faults: Faults) -> CheckedZip | None:
    archive: CheckedZip | None = None
    with faults.caught("zip"):
        archive = check_zip(module, path)
        if archive.go_mod is None:
            if go_mod != _synthesized(module):
                faults.add("mod-differs", f"the zip has no go.mod; the part 'mod' must then be 'module {module.path}'")
        elif archive.go_mod != go_mod:
            faults.add("mod-differs", "the part 'mod' is not, byte for byte, the go.mod in the zip")
        elif module.version.endswith("+incompatible"):
            faults.add("mod-incompatible", "+incompatible is for modules without a go.mod, and the zip has one")
    return archive


def _synthesized(module: ModuleVersion) -> bytes:
    """What the go command makes up for a module without a go.mod."""
    return f"module {module.path}\n".encode()


def _check_time(module: ModuleVersion, info: Info | None, faults: Faults) -> None:
    """A pseudo-version says when its commit was made, to the second; the .info says the same."""
    if info is None or not is_pseudo_version(module.version):
        return
    made = info.time.astimezone(UTC).replace(microsecond=0)
    if made != pseudo_version_time(module.version):
        faults.add("info-time", f".info says Time {made:%Y-%m-%dT%H:%M:%SZ}, {module.version} says another one")
