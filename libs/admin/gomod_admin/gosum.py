"""What a go.sum has on record (cmd/go: modfetch, readGoSum)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from gomod.errors import Malformed
from gomod.module import ModuleVersion, check

HashedKind = Literal["zip", "mod"]

_GO_MOD = "/go.mod"


@dataclass(frozen=True, slots=True)
class GoSum:
    """The `h1:` hashes by version: of zips, and of go.mod files."""

    zips: Mapping[ModuleVersion, str]
    go_mods: Mapping[ModuleVersion, str]

    def of(self, kind: HashedKind) -> Mapping[ModuleVersion, str]:
        """Those of one kind of file."""
        return self.zips if kind == "zip" else self.go_mods


def parse_go_sum(data: bytes) -> GoSum:
    """Read a go.sum; hashes of other kinds than h1 are passed over, as go does.

    Raises Malformed, naming the line, for what is no go.sum and for two hashes of one thing.
    """
    zips: dict[ModuleVersion, str] = {}
    go_mods: dict[ModuleVersion, str] = {}
    for number, line in enumerate(data.decode(errors="replace").splitlines(), start=1):
        match line.split():
            case []:
                continue
            case [path, version, h1]:
                try:
                    check(path, version.removesuffix(_GO_MOD))
                except Malformed as error:
                    raise Malformed(f"go.sum, line {number}: {error}") from error
                module = ModuleVersion(path, version.removesuffix(_GO_MOD))
                of = go_mods if version.endswith(_GO_MOD) else zips
                if h1.startswith("h1:") and of.setdefault(module, h1) != h1:
                    raise Malformed(f"go.sum, line {number}: another hash of {path} {version} stands above")
            case _:
                raise Malformed(f"go.sum, line {number}: expected a path, a version and a hash")
    return GoSum(zips, go_mods)


def merge(go_sums: Iterable[GoSum]) -> GoSum:
    """All of them as one. Raises Malformed when two have different hashes of one thing."""
    return parse_go_sum(b"".join(map(format_go_sum, go_sums)))


def format_go_sum(go_sum: GoSum) -> bytes:
    """The lines as go sorts them."""
    lines = [f"{module.path} {module.version} {h1}\n" for module, h1 in go_sum.zips.items()]
    lines += [f"{module.path} {module.version}{_GO_MOD} {h1}\n" for module, h1 in go_sum.go_mods.items()]
    return "".join(sorted(lines)).encode()
