"""A module's path and version, and the rules for both (golang.org/x/mod/module)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ModuleVersion:
    """One version of one module (module.Version), both as written, never escaped.

    `path` is a module path, `version` canonical: `v1.2.3`, a prerelease, a pseudo-version or `…+incompatible`.
    """

    path: str
    version: str

    def __str__(self) -> str:
        return f"{self.path}@{self.version}"
