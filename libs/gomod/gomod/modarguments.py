"""What stands behind the verb of a go.mod's directive, and the comments that mean something (modfile, rule.go)."""

import re

from gomod.directives import Replace
from gomod.errors import InvalidVersion
from gomod.gostrings import fields, trim_space, unquote
from gomod.modsyntax import Block, Line
from gomod.module import ModuleVersion, canonical_version, check_path_major, split_path_version

_DEPRECATED = re.compile(r"(?:\A|\n\n)Deprecated: *(.*?)(?:\Z|\n\n)", re.DOTALL)
_DIRECTORY = re.compile(r"\.{1,2}|\.{0,2}[/\\].*|[A-Za-z]:.*", re.DOTALL)


class DirectiveFault(Exception):
    """One wrong directive; modfile makes an InvalidGoMod of all of them.

    InvalidPath, InvalidVersion and the ValueError of a bad quotation mean the same here.
    """


def only(arguments: list[str]) -> str:
    """The single argument."""
    if len(arguments) != 1:
        raise DirectiveFault("expects exactly one argument")
    return arguments[0]


def string(token: str) -> str:
    """What a word means: itself, or what is quoted in it."""
    if token.startswith('"'):
        return unquote(token)
    if any(quote in token for quote in "\"'`"):
        raise DirectiveFault(f"{token!r}: an unquoted string can't contain a quote")
    return token


def version_of(token: str) -> str:
    """A version in canonical form."""
    text = string(token)
    version = canonical_version(text)
    if not version:
        raise InvalidVersion(text, "must be of the form v1.2.3")
    return version


def module_version(arguments: list[str]) -> ModuleVersion:
    """`path version`."""
    if len(arguments) != 2:
        raise DirectiveFault("expects module/path v1.2.3")
    module = ModuleVersion(string(arguments[0]), version_of(arguments[1]))
    check_path_major(module.version, split_path_version(module.path)[1])
    return module


def replacement(arguments: list[str]) -> Replace:
    """`path [version] => path [version]`."""
    arrow = 1 if arguments[1:2] == ["=>"] else 2
    if len(arguments) not in (arrow + 2, arrow + 3) or arguments[arrow] != "=>":
        raise DirectiveFault("expects module/path [v1.2.3] => other/module v1.4, or => ../local/directory")
    old_path = string(arguments[0])
    path_major = split_path_version(old_path)[1]
    old_version = "" if arrow == 1 else version_of(arguments[1])
    if old_version:
        check_path_major(old_version, path_major)
    new_path = string(arguments[arrow + 1])
    new_version = "" if len(arguments) == arrow + 2 else version_of(arguments[arrow + 2])
    if bool(new_version) == bool(_DIRECTORY.fullmatch(new_path)):
        raise DirectiveFault(f"replacement {new_path!r} must be a module with a version or a directory without one")
    if not new_version and "\\" in new_path:
        raise DirectiveFault(f"replacement directory {new_path!r} appears to be a Windows path")
    return Replace(ModuleVersion(old_path, old_version), ModuleVersion(new_path, new_version))


def version_interval(arguments: list[str]) -> tuple[str, str, list[str]]:
    """`version` or `[low, high]`, and the words behind it; the versions are whatever text stands there."""
    match arguments:
        case ["[", low, ",", high, "]", *rest]:
            return string(low), string(high), rest
        case [version, *rest] if version not in ("[", "("):
            return string(version), string(version), rest
    raise DirectiveFault("expects a version, or [low, high]")


def godebug(argument: str) -> tuple[str, str]:
    """`key=value`."""
    key, equals, value = argument.partition("=")
    if not equals or any(character in argument for character in "\"`',"):
        raise DirectiveFault("expects key=value")
    return key, value


def is_indirect(line: Line) -> bool:
    """Whether the comment on a requirement says so."""
    words = fields(line.suffix[0].removeprefix("//")) if line.suffix else []
    return words == ["indirect"] or (len(words) > 1 and words[0] == "indirect;")


def deprecation(block: Block | None, line: Line) -> str:
    """The message behind "Deprecated:" in the comment on a module directive; empty when there is none."""
    match = _DEPRECATED.search(comment_text(block, line))
    return match[1] if match else ""


def comment_text(block: Block | None, line: Line) -> str:
    """The comments on a directive, or on its block when it has none itself."""
    owner = block if block is not None and not line.before and not line.suffix else line
    return "\n".join(
        trim_space(comment.removeprefix("//")) for comment in [*owner.before, *owner.suffix] if comment.startswith("//")
    )
