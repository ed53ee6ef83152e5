"""Whether the staged files of a foreign version are a module: all the rules, by whose module it is."""

from gomod.dirhash import hash_go_mod
from gomod.errors import InvalidModule, Violation
from gomod.info import parse_info
from gomod.modfile import module_path
from gomod.module import ModuleVersion, canonical_version, check
from gomod.modzip import check_zip
from gomod.submission import check_submission
from gomod_admin.errors import NotTaken
from gomod_admin.gosum import GoSum, HashedKind
from gomod_storage import Release, Staging


def check_name(module: ModuleVersion) -> None:
    """Raise Malformed unless a store could hold it."""
    check(module.path, module.version)
    if canonical_version(module.version) != module.version:
        raise NotTaken("not-canonical", "the version is not canonical")


def check_own(module: ModuleVersion, staging: Staging) -> Release:
    """Hold a version of ours to what the uploader holds it to. Raises InvalidModule, Unavailable."""
    checked = check_submission(
        module, info=staging.info.read_bytes(), go_mod=staging.mod.read_bytes(), zip_path=staging.zip
    )
    return Release(module, staging, checked.h1, checked.go_mod_h1)


def check_public(module: ModuleVersion, staging: Staging) -> Release:
    """Hold a public version to what the proxy holds upstream to. Raises Malformed, InvalidModule, Unavailable.

    Its go.mod may declare another path: a fork that consumers name in a `replace` does.
    """
    check_info(module, staging.info.read_bytes())
    checked = check_zip(module, staging.zip)
    go_mod = staging.mod.read_bytes()
    made_up = checked.go_mod is None and module_path(go_mod) == module.path
    if checked.go_mod != go_mod and not made_up:
        raise InvalidModule((Violation("mod-differs", "its go.mod is not the one in the zip"),))
    return Release(module, staging, checked.h1, hash_go_mod(go_mod))


def check_info(module: ModuleVersion, data: bytes) -> None:
    """Raise Malformed for what is no .info, InvalidModule for that of another version."""
    said = parse_info(data).version
    if said != module.version:
        raise InvalidModule((Violation("info-version", f"its .info is that of {said!r}"),))


def check_go_mod(data: bytes) -> None:
    """Hold a go.mod without its zip to what the proxy holds upstream to. Raises InvalidModule."""
    if not module_path(data):
        raise InvalidModule((Violation("mod", "its go.mod declares no module"),))


def compare(go_sum: GoSum, kind: HashedKind, module: ModuleVersion, h1: str) -> None:
    """Raise NotTaken when go.sum has another hash; what it does not know may have any."""
    expected = go_sum.of(kind).get(module, h1)
    if expected != h1:
        raise NotTaken("checksum-mismatch", f"its {kind} has {h1}, and go.sum says {expected}")
