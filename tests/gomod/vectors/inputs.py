"""The calls whose answers are recorded: x/mod's own tables, and every rule's borders."""

import itertools
from collections.abc import Iterator

from tests.gomod.oracle import Oracle
from tests.gomod.vectors import harvest

Call = tuple[str, list[object]]

_PATH_RULES = [
    "check_path",
    "check_import_path",
    "check_file_path",
    "split_path_version",
    "escape_path",
    "unescape_path",
]
_VERSION_RULES = [
    "semver_is_valid",
    "semver_canonical",
    "semver_major",
    "semver_major_minor",
    "semver_prerelease",
    "semver_build",
    "canonical_version",
    "escape_version",
    "unescape_version",
    "is_pseudo_version",
    "pseudo_version_rev",
    "pseudo_version_base",
    "pseudo_version_time",
]
_MOD_RULES = ["parse_mod", "parse_lax", "module_path"]
_ODD = "\u00e9\u0142\u4e16\u0301\u20ac\U0001f600\u212a\u017f\u00df\u1c89\u2028\u00a0\ufffd\udcff"
_GO_MODS = [
    "godebug x=y//indirect",
    "require a.b/c v1.0.0//indirect\n",
    'module "a.b/c"// Deprecated: no\r\n',
    "module\t`a.b/c`",
    "\ufeffmodule a.b/c\n",
    "module a.b/\udcff\n",
    "retract[v1.0.0 ,v1.1.0]// why",
    "retract [ v1.0.0 , v1.1.0\n]",
    "retract (\n[v1.0.0,v1.1.0]\t// why\r\n)",
    "tool(\na.b/c/cmd/x//\n)\nignore ( ) // none\nignore (\n\t./y//\n) // z",
    'require a.b/c v1.0.0\n// apart\n\nfuture "\\\n" // indirect',
    'require a.b/c v1.0.0\n// its own\nfuture "\\\n" // indirect',
    f"module {'a/' * 300}b // {'x' * 300}",
]
_DEVICES = ["con", "prn", "aux", "nul", "com0", "com1", "com9", "com10", "lpt0", "lpt1", "lpt9", "conx"]


def paths(oracle: Oracle) -> Iterator[Call]:
    """Module, import and file paths, escaped ones, and pairs of path and version."""
    harvested = harvest.literals(oracle, "module/module_test.go")
    characters = [f"a.b/x{chr(code)}y" for code in range(128)] + [f"a.b/x{character}y" for character in _ODD]
    devices = [f"a.b/{name}{end}" for name in _DEVICES for end in ("", ".go", "x")] + [
        f"a.b/{n.upper()}" for n in _DEVICES
    ]
    shapes = [
        f"{start}a.b{middle}c{end}"
        for start in ("", "/", "-", ".", "A")
        for middle in ("/", "//", "/./", "/../")
        for end in ("", "/", ".")
    ]
    majors = [f"a.b/c/v{n}" for n in ("", 0, 1, 2, "02", 10, "2.0", "2a", "99999999999999999999")]
    gopkg = [
        f"gopkg.in/{name}" for name in ("x", "x.v", "x.v0", "x.v1", "x.v01", "x.v1-unstable", "x.v-unstable", "a/x.v2")
    ]
    for path in _unique(harvested + characters + devices + shapes + majors + gopkg):
        for rule in _PATH_RULES:
            yield rule, [path]
    path_majors = ["", "/v2", "/v3", ".v0", ".v1", ".v1-unstable", ".v2"]
    some_versions = [
        "v0.0.0",
        "v0.0.0-20200101000000-abcdef",
        "v1.0.0",
        "v2.0.0",
        "v2.0.0+incompatible",
        "v2",
        "v3.1.0-a",
        "x",
    ]
    for version, path_major in itertools.product(some_versions, path_majors):
        yield "check_path_major", [version, path_major]
        yield "check", [f"a.b/c{path_major}", version]
        yield "check", [f"gopkg.in/c{path_major}", version]
    for path_major in path_majors:
        yield "path_major_prefix", [path_major]
    for first, second in itertools.pairwise(harvested):
        yield "check", [first, second]
        yield "check_path_major", [first, second]
        yield "match_prefix_patterns", [first, second]
    patterns = [
        "*",
        "*/*",
        "a.b",
        "a.*",
        "a.b/c",
        "a.b/*",
        "[a-c].b",
        "[^a].b",
        "a.b,x",
        ",",
        "a.b/",
        "a?b",
        "[",
        "\\",
        "*.b/[c]",
    ]
    for pattern, target in itertools.product(patterns, ["a.b", "a.b/c", "a.b/c/d", "x", "", "z.b", "a.b/C"]):
        yield "match_prefix_patterns", [pattern, target]


def versions(oracle: Oracle) -> Iterator[Call]:
    """Semantic versions, their order, pseudo-versions."""
    harvested = harvest.literals(oracle, "semver/semver_test.go", "module/pseudo_test.go", "module/module_test.go")
    stamps = ["20200229000000", "20190229000000", "20201301000000", "20200101240000", "2020010100000", "00010101000000"]
    pseudo = [
        f"v{release}{joint}{stamp}-{rev}{build}"
        for release in ("0.0.0", "1.0.0", "1.2.0", "1.2.10")
        for joint in ("-", "-0.", "-pre.0.", "-pre.")
        for stamp in stamps
        for rev in ("abcdefabcdef", "")
        for build in ("", "+incompatible")
    ]
    texts = _unique(harvested + pseudo)
    for v in texts:
        for rule in _VERSION_RULES:
            yield rule, [v]
    ordered = [v for v in _unique(harvest.literals(oracle, "semver/semver_test.go")) if v.startswith("v")]
    for first, second in itertools.product(ordered[:40], ordered[:40]):
        yield "semver_compare", [first, second]
    yield "semver_sort", [ordered]
    yield "semver_sort", [sorted(texts)]
    moments = ["2006-01-02T15:04:05Z", "2020-02-29T23:59:59+01:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
    for major, older in itertools.product(
        ["", "v0", "v1", "v2"], _unique(["", "v1.2", "v1.9.9", "v1.0.99", *ordered[:30]])
    ):
        for moment in moments:
            yield "pseudo_version", [major, older, moment, "abcdefabcdef"]
    for major in ("", "v0", "v1", "v2"):
        yield "zero_pseudo_version", [major]


def go_mods(oracle: Oracle) -> Iterator[Call]:
    """go.mod files, every single line of them, and what only examples found."""
    files = [path.read_text() for path in sorted((harvest.source() / "modfile/testdata").glob("*.*"))]
    harvested = harvest.literals(oracle, "modfile/rule_test.go", "modfile/read_test.go")
    lines = [line.strip() for text in files + harvested for line in text.split("\n")]
    for text in _unique(files + harvested + lines + _GO_MODS):
        for rule in _MOD_RULES:
            yield rule, [text]


def _unique(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))
