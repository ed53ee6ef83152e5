"""What a go.mod can say: the values of its directives."""

from dataclasses import dataclass, field

from gomod.module import ModuleVersion


@dataclass(frozen=True, slots=True)
class Require:
    """A needed module; `indirect` when only other modules import it."""

    module: ModuleVersion
    indirect: bool


@dataclass(frozen=True, slots=True)
class Replace:
    """`old` (of any version, when it names none) is taken from `new` (a directory, when it names no version)."""

    old: ModuleVersion
    new: ModuleVersion


@dataclass(frozen=True, slots=True)
class Retract:
    """Versions from `low` to `high`, both included, that nobody should use, and why.

    As written: x/mod takes any text here, and leaves it to the go command to make versions of them.
    """

    low: str
    high: str
    rationale: str


@dataclass(slots=True)
class GoMod:
    """The directives of a go.mod; what it does not say is empty."""

    module: str = ""  # the module's path
    deprecated: str = ""  # the message behind "Deprecated:" in the comment on the module directive
    go: str = ""  # "1.23.0"
    toolchain: str = ""  # "go1.23.4"
    godebug: list[tuple[str, str]] = field(default_factory=list)
    require: list[Require] = field(default_factory=list)
    exclude: list[ModuleVersion] = field(default_factory=list)
    replace: list[Replace] = field(default_factory=list)
    retract: list[Retract] = field(default_factory=list)
    tool: list[str] = field(default_factory=list)
    ignore: list[str] = field(default_factory=list)
