"""A module's path and version, and the rules for both (golang.org/x/mod/module)."""

from dataclasses import dataclass

from gomod import semver
from gomod.errors import InvalidVersion
from gomod.escaping import escape_path, escape_version, unescape_path, unescape_version
from gomod.globs import check_globs, match_prefix_patterns
from gomod.paths import check_file_path, check_import_path, check_path, split_path_version

# x/mod keeps all of these in one package, and so do we for whoever uses them.
__all__ = [
    "ModuleVersion",
    "canonical_version",
    "check",
    "check_file_path",
    "check_globs",
    "check_import_path",
    "check_path",
    "check_path_major",
    "escape_path",
    "escape_version",
    "match_prefix_patterns",
    "path_major_prefix",
    "split_path_version",
    "unescape_path",
    "unescape_version",
]


@dataclass(frozen=True, slots=True, order=True)
class ModuleVersion:
    """One version of one module (module.Version), both as written, never escaped.

    `path` is a module path, `version` canonical: `v1.2.3`, a prerelease, a pseudo-version or `…+incompatible`.
    """

    path: str
    version: str

    def __str__(self) -> str:
        return f"{self.path}@{self.version}"


def check(path: str, version: str) -> None:
    """Raise InvalidPath or InvalidVersion unless both are valid and belong together (module.Check).

    The version need not be canonical; compare it with `canonical_version` where it must be.
    """
    check_path(path)
    if not semver.is_valid(version):
        raise InvalidVersion(version, "not a semantic version")
    _, path_major = split_path_version(path)
    check_path_major(version, path_major)


def check_path_major(version: str, path_major: str) -> None:
    """Raise InvalidVersion unless `version` is one of the major that `split_path_version` found (CheckPathMajor)."""
    if version.startswith("v0.0.0-") and path_major in (".v1", ".v1-unstable"):
        return  # old pseudo-versions of gopkg.in/x.v1 are v0.0.0-…, and go.mod files still ask for them
    major = semver.major(version)
    if not path_major:
        if major in ("v0", "v1") or semver.build(version) == "+incompatible":
            return
        raise InvalidVersion(version, f"should be v0 or v1, not {major}")
    expected = _major_of(path_major)
    if major != expected:
        raise InvalidVersion(version, f"should be {expected}, not {major}")


def path_major_prefix(path_major: str) -> str:
    """The major version that tags of the module begin with; empty for v0 and v1 (PathMajorPrefix)."""
    return _major_of(path_major) if path_major else ""


def canonical_version(v: str) -> str:
    """semver.canonical, but `+incompatible` stays; empty when `v` is invalid (CanonicalVersion)."""
    suffix = "+incompatible" if semver.build(v) == "+incompatible" else ""
    return semver.canonical(v) + suffix


def _major_of(path_major: str) -> str:
    if path_major.startswith(".v"):
        path_major = path_major.removesuffix("-unstable")
    return path_major.removeprefix("/").removeprefix(".")
