"""What a go.mod says (golang.org/x/mod/modfile)."""

import re

from gomod.directives import GoMod, Replace, Require, Retract
from gomod.errors import InvalidGoMod, InvalidPath, InvalidVersion
from gomod.gostrings import trim_space, unquote
from gomod.limits import MAX_PARSED_GO_MOD
from gomod.modarguments import (
    DirectiveFault,
    comment_text,
    deprecation,
    godebug,
    is_indirect,
    module_version,
    only,
    replacement,
    string,
    version_interval,
)
from gomod.modsyntax import Block, Line, parse_statements
from gomod.modtokens import SyntaxFault

__all__ = ["GoMod", "Replace", "Require", "Retract", "module_path", "parse", "parse_lax"]

_MODULE_LINE = re.compile(r"^[^\n]*?module[^\n]*", re.MULTILINE)
_GO_VERSION = re.compile(r"[1-9][0-9]*\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?([a-z]+[0-9]+)?")
_LAX_GO_VERSION = re.compile(r"v?([1-9][0-9]*\.(?:0|[1-9][0-9]*))[^0-9].*")
_TOOLCHAIN = re.compile(r"default|go1(\..*)?", re.DOTALL)

_IN_BLOCKS = frozenset(["module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"])
_OF_DEPENDENCIES = frozenset(["go", "module", "retract", "require", "ignore"])

_FAULTS_SHOWN = 20


def parse(data: bytes, *, name: str = "go.mod") -> GoMod:
    """Read the go.mod of a main module: every directive must be known and right (modfile.Parse).

    Raises InvalidGoMod naming the faults found (at most twenty, then how many more), with `name` and line.
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
            more = len(self._faults) - _FAULTS_SHOWN
            shown = self._faults[:_FAULTS_SHOWN] + ([f"and {more} more"] if more > 0 else [])
            raise InvalidGoMod("; ".join(shown))
        return self._file

    def _add(self, block: Block | None, line: Line, verb: str, arguments: list[str]) -> None:
        if not self._strict and verb not in _OF_DEPENDENCIES:
            return
        try:
            self._interpret(block, line, verb, arguments)
        except (DirectiveFault, InvalidPath, InvalidVersion, ValueError) as fault:
            self._faults.append(f"{self._name}:{line.number}: {verb}: {fault}")

    def _interpret(self, block: Block | None, line: Line, verb: str, arguments: list[str]) -> None:
        match verb:
            case "go" | "toolchain" | "module":
                if verb in self._seen:
                    raise DirectiveFault("repeated statement")
                self._only_once(block, line, verb, arguments)
            case "godebug":
                self._file.godebug.append(godebug(only(arguments)))
            case "require":
                self._file.require.append(Require(module_version(arguments), is_indirect(line)))
            case "exclude":
                self._file.exclude.append(module_version(arguments))
            case "replace":
                self._file.replace.append(replacement(arguments))
            case "retract":
                self._add_retract(block, line, arguments)
            case "tool":
                self._file.tool.append(string(only(arguments)))
            case "ignore":
                self._file.ignore.append(string(only(arguments)))
            case _:
                raise DirectiveFault("unknown directive")

    def _only_once(self, block: Block | None, line: Line, verb: str, arguments: list[str]) -> None:
        if verb == "module":
            self._seen.add(verb)
            self._file.deprecated = deprecation(block, line)
            self._file.module = string(only(arguments))
        elif verb == "go":
            self._file.go = self._go_version(only(arguments))
        else:
            self._file.toolchain = only(arguments)
            if not _TOOLCHAIN.fullmatch(self._file.toolchain):
                raise DirectiveFault(f"invalid toolchain {arguments[0]!r}: must be like go1.23.0, or default")
        self._seen.add(verb)

    def _go_version(self, version: str) -> str:
        if _GO_VERSION.fullmatch(version):
            return version
        lax = _LAX_GO_VERSION.fullmatch(version)
        if self._strict or lax is None:
            raise DirectiveFault(f"invalid go version {version!r}: must be like 1.23.0")
        return lax[1]

    def _add_retract(self, block: Block | None, line: Line, arguments: list[str]) -> None:
        try:
            low, high, rest = version_interval(arguments)
            if rest and self._strict:
                raise DirectiveFault(f"unexpected token after version: {rest[0]!r}")
        except (DirectiveFault, ValueError):
            if self._strict:
                raise
            return  # in a dependency it may be a form that a later Go knows
        self._file.retract.append(Retract(low, high, comment_text(block, line)))
