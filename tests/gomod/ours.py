"""Our rules under the names that xmod/ gives x/mod's, and with values of the same form."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

from gomod import dirhash, info, modfile, module, pseudo, semver
from gomod.errors import InvalidModule, Malformed
from gomod.gostrings import to_bytes
from gomod.modfile import GoMod
from gomod.module import ModuleVersion
from tests.gomod.oracle import Answer


def carry_out(name: str, *arguments: object) -> Answer:
    """Call our function; only our own errors count as its answer, any other is the test's failure."""
    try:
        return Answer(True, _FUNCTIONS[name](*arguments))
    except (Malformed, InvalidModule):
        return Answer(False)


def describe(go_mod: GoMod) -> dict[str, object]:
    """Everything that a go.mod says, in the order of the file."""
    return {
        "module": go_mod.module,
        "deprecated": go_mod.deprecated,
        "go": go_mod.go,
        "toolchain": go_mod.toolchain,
        "godebug": [list(pair) for pair in go_mod.godebug],
        "require": [[*_pair(require.module), require.indirect] for require in go_mod.require],
        "exclude": [_pair(exclude) for exclude in go_mod.exclude],
        "replace": [[*_pair(replace.old), *_pair(replace.new)] for replace in go_mod.replace],
        "retract": [[retract.low, retract.high, retract.rationale] for retract in go_mod.retract],
        "tool": go_mod.tool,
        "ignore": go_mod.ignore,
    }


def _pair(version: ModuleVersion) -> list[str]:
    return [version.path, version.version]


def _parse_info(text: str) -> dict[str, object]:
    document = info.parse_info(to_bytes(text))
    origin = document.origin
    names = ("vcs", "url", "subdir", "hash", "tag_prefix", "tag_sum", "ref", "repo_sum")
    return {
        "version": document.version,
        "time": _go_time(document.time),
        "origin": origin and [getattr(origin, name) for name in names],
    }


def _go_time(time: datetime) -> str:
    """The time as Go prints it: without a fraction's last zeros."""
    text = time.astimezone(UTC).isoformat().removesuffix("+00:00")
    return (text.rstrip("0") if "." in text else text) + "Z"


_FUNCTIONS: dict[str, Callable[..., object]] = {
    "check_path": module.check_path,
    "check_import_path": module.check_import_path,
    "check_file_path": module.check_file_path,
    "split_path_version": lambda path: list(module.split_path_version(path)),
    "check": module.check,
    "check_path_major": module.check_path_major,
    "path_major_prefix": module.path_major_prefix,
    "canonical_version": module.canonical_version,
    "escape_path": module.escape_path,
    "escape_version": module.escape_version,
    "unescape_path": module.unescape_path,
    "unescape_version": module.unescape_version,
    "match_prefix_patterns": module.match_prefix_patterns,
    "is_pseudo_version": pseudo.is_pseudo_version,
    "pseudo_version": lambda major, older, time, rev: pseudo.pseudo_version(
        major, older, datetime.fromisoformat(time), rev
    ),
    "zero_pseudo_version": pseudo.zero_pseudo_version,
    "pseudo_version_time": lambda v: _go_time(pseudo.pseudo_version_time(v)),
    "pseudo_version_rev": pseudo.pseudo_version_rev,
    "pseudo_version_base": pseudo.pseudo_version_base,
    "semver_is_valid": semver.is_valid,
    "semver_canonical": semver.canonical,
    "semver_major": semver.major,
    "semver_major_minor": semver.major_minor,
    "semver_prerelease": semver.prerelease,
    "semver_build": semver.build,
    "semver_compare": semver.compare,
    "semver_sort": semver.sort,
    "module_path": lambda text: modfile.module_path(to_bytes(text)),
    "parse_mod": lambda text: describe(modfile.parse(to_bytes(text))),
    "parse_lax": lambda text: describe(modfile.parse_lax(to_bytes(text))),
    "parse_info": _parse_info,
    "hash1": lambda names, contents: dirhash.hash1(names, lambda name: BytesIO(to_bytes(contents[names.index(name)]))),
}
