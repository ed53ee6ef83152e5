"""What a go.mod says (golang.org/x/mod/modfile)."""

import re
from dataclasses import dataclass, field

from gomod.errors import InvalidGoMod, InvalidPath, InvalidVersion
from gomod.gostrings import fields, trim_space, unquote
from gomod.limits import MAX_PARSED_GO_MOD
from gomod.modsyntax import Block, Line, SyntaxFault, parse_statements
from gomod.module import ModuleVersion, canonical_version, check_path_major, split_path_version

_MODULE_LINE = re.compile(r"^[^\n]*?module[^\n]*", re.MULTILINE)
_GO_VERSION = re.compile(r"[1-9][0-9]*\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?([a-z]+[0-9]+)?")
_LAX_GO_VERSION = re.compile(r"v?([1-9][0-9]*\.(?:0|[1-9][0-9]*))[^0-9].*")
_TOOLCHAIN = re.compile(r"default|go1(\..*)?", re.DOTALL)
_DEPRECATED = re.compile(r"(?:\A|\n\n)Deprecated: *(.*?)(?:\Z|\n\n)", re.DOTALL)
_DIRECTORY = re.compile(r"\.{1,2}|\.{0,2}[/\\].*|[A-Za-z]:.*", re.DOTALL)

_IN_BLOCKS = frozenset(["module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"])
_OF_DEPENDENCIES = frozenset(["go", "module", "retract", "require", "ignore"])


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


def parse(data: bytes, *, name: str = "go.mod") -> GoMod:
    """Read the go.mod of a main module: every directive must be known and right (modfile.Parse).

    Raises InvalidGoMod naming every fault found, with `name` and line.
    """
    return _Reader(name, strict=True).read(data)


def parse_lax(data: bytes, *, name: str = "go.mod") -> GoMod:
    """Read the go.mod of a dependency, as every consumer of a published module does (modfile.ParseLax).

    Directives that count in a main module only (replace, exclude, toolchain…) and unknown ones are passed over.
    """
    return _Reader(name, strict=False).read(data)


def module_path(data: bytes) -> str:
    """The module's path, whatever else is wrong with the file; empty when none is found (modfile.ModulePath)."""
    for text in _MODULE_LINE.finditer(data.decode("utf-8", "surrogateescape")):
        line = trim_space(text[0].partition("//")[0])
        if not line.startswith("module"):
            continue
        argument = trim_space(line.removeprefix("module"))
        if not argument or len(argument) == len(line) - len("module"):
            continue  # "module" alone, or the beginning of a longer word
        if argument[0] not in '"`':
            return argument
        try:
            return unquote(argument)
        except ValueError:
            return ""
    return ""


class _Fault(Exception):
    """One wrong directive; it never leaves this module."""


class _Reader:
    """Gathers what the directives say, and what is wrong with them."""

    def __init__(self, name: str, *, strict: bool) -> None:
        self._name = name
        self._strict = strict
        self._file = GoMod()
        self._seen: set[str] = set()
        self._faults: list[str] = []

    def read(self, data: bytes) -> GoMod:
        if len(data) > MAX_PARSED_GO_MOD:
            raise InvalidGoMod(f"{self._name}: has {len(data)} bytes; {MAX_PARSED_GO_MOD} are allowed")
        try:
            statements = parse_statements(data.decode("utf-8", "surrogateescape"))
        except SyntaxFault as fault:
            raise InvalidGoMod(f"{self._name}:{fault.number}: {fault.reason}") from fault
        for statement in statements:
            if isinstance(statement, Line):
                self._add(None, statement, statement.tokens[0], statement.tokens[1:])
            elif len(statement.tokens) == 1 and statement.tokens[0] in _IN_BLOCKS:
                for line in statement.lines:
                    self._add(statement, line, statement.tokens[0], line.tokens)
            elif self._strict:
                self._faults.append(f"{self._name}:{statement.number}: unknown block type {' '.join(statement.tokens)}")
        if self._faults:
            raise InvalidGoMod("; ".join(self._faults))
        return self._file

    def _add(self, block: Block | None, line: Line, verb: str, arguments: list[str]) -> None:
        if not self._strict and verb not in _OF_DEPENDENCIES:
            return
        try:
            self._interpret(block, line, verb, arguments)
        except (_Fault, InvalidPath, InvalidVersion, ValueError) as fault:
            self._faults.append(f"{self._name}:{line.number}: {verb}: {fault}")

    def _interpret(self, block: Block | None, line: Line, verb: str, arguments: list[str]) -> None:
        match verb:
            case "go" | "toolchain" | "module":
                if verb in self._seen:
                    raise _Fault("repeated statement")
                self._only_once(block, line, verb, arguments)
            case "godebug":
                self._file.godebug.append(_godebug(_only(arguments)))
            case "require":
                self._file.require.append(Require(_module_version(arguments), _is_indirect(line)))
            case "exclude":
                self._file.exclude.append(_module_version(arguments))
            case "replace":
                self._file.replace.append(_replace(arguments))
            case "retract":
                self._add_retract(block, line, arguments)
            case "tool":
                self._file.tool.append(_string(_only(arguments)))
            case "ignore":
                self._file.ignore.append(_string(_only(arguments)))
            case _:
                raise _Fault("unknown directive")

    def _only_once(self, block: Block | None, line: Line, verb: str, arguments: list[str]) -> None:
        if verb == "module":
            self._seen.add(verb)
            self._file.deprecated = _deprecation(block, line)
            self._file.module = _string(_only(arguments))
        elif verb == "go":
            self._file.go = self._go_version(_only(arguments))
        else:
            self._file.toolchain = _only(arguments)
            if not _TOOLCHAIN.fullmatch(self._file.toolchain):
                raise _Fault(f"invalid toolchain {arguments[0]!r}: must be like go1.23.0, or default")
        self._seen.add(verb)

    def _go_version(self, version: str) -> str:
        if _GO_VERSION.fullmatch(version):
            return version
        lax = _LAX_GO_VERSION.fullmatch(version)
        if self._strict or lax is None:
            raise _Fault(f"invalid go version {version!r}: must be like 1.23.0")
        return lax[1]

    def _add_retract(self, block: Block | None, line: Line, arguments: list[str]) -> None:
        try:
            low, high, rest = _version_interval(arguments)
            if rest and self._strict:
                raise _Fault(f"unexpected token after version: {rest[0]!r}")
        except (_Fault, ValueError):
            if self._strict:
                raise
            return  # in a dependency it may be a form that a later Go knows
        self._file.retract.append(Retract(low, high, _comment_text(block, line)))


def _only(arguments: list[str]) -> str:
    if len(arguments) != 1:
        raise _Fault("expects exactly one argument")
    return arguments[0]


def _string(token: str) -> str:
    if token.startswith('"'):
        return unquote(token)
    if any(quote in token for quote in "\"'`"):
        raise _Fault(f"{token!r}: an unquoted string can't contain a quote")
    return token


def _version(token: str) -> str:
    text = _string(token)
    version = canonical_version(text)
    if not version:
        raise InvalidVersion(text, "must be of the form v1.2.3")
    return version


def _module_version(arguments: list[str]) -> ModuleVersion:
    if len(arguments) != 2:
        raise _Fault("expects module/path v1.2.3")
    module = ModuleVersion(_string(arguments[0]), _version(arguments[1]))
    check_path_major(module.version, split_path_version(module.path)[1])
    return module


def _replace(arguments: list[str]) -> Replace:
    arrow = 1 if arguments[1:2] == ["=>"] else 2
    if len(arguments) not in (arrow + 2, arrow + 3) or arguments[arrow] != "=>":
        raise _Fault("expects module/path [v1.2.3] => other/module v1.4, or => ../local/directory")
    old_path = _string(arguments[0])
    path_major = split_path_version(old_path)[1]
    old_version = "" if arrow == 1 else _version(arguments[1])
    if old_version:
        check_path_major(old_version, path_major)
    new_path = _string(arguments[arrow + 1])
    new_version = "" if len(arguments) == arrow + 2 else _version(arguments[arrow + 2])
    if bool(new_version) == bool(_DIRECTORY.fullmatch(new_path)):
        raise _Fault(f"replacement {new_path!r} must be a module with a version or a directory without one")
    if not new_version and "\\" in new_path:
        raise _Fault(f"replacement directory {new_path!r} appears to be a Windows path")
    return Replace(ModuleVersion(old_path, old_version), ModuleVersion(new_path, new_version))


def _version_interval(arguments: list[str]) -> tuple[str, str, list[str]]:
    match arguments:
        case ["[", low, ",", high, "]", *rest]:
            return _string(low), _string(high), rest
        case [version, *rest] if version not in ("[", "("):
            return _string(version), _string(version), rest
    raise _Fault("expects a version, or [low, high]")


def _godebug(argument: str) -> tuple[str, str]:
    key, equals, value = argument.partition("=")
    if not equals or any(character in argument for character in "\"`',"):
        raise _Fault("expects key=value")
    return key, value


def _is_indirect(line: Line) -> bool:
    words = fields(line.suffix[0].removeprefix("//")) if line.suffix else []
    return words == ["indirect"] or (len(words) > 1 and words[0] == "indirect;")


def _deprecation(block: Block | None, line: Line) -> str:
    match = _DEPRECATED.search(_comment_text(block, line))
    return match[1] if match else ""


def _comment_text(block: Block | None, line: Line) -> str:
    """The comments on a directive, or on its block when it has none itself."""
    owner = block if block is not None and not line.before and not line.suffix else line
    return "\n".join(
        trim_space(comment.removeprefix("//")) for comment in [*owner.before, *owner.suffix] if comment.startswith("//")
    )
