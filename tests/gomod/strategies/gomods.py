"""go.mod files."""

from hypothesis import strategies as st

from tests.gomod.strategies.paths import GOOD_PATHS
from tests.gomod.strategies.texts import ODD, combined, spoiled, words
from tests.gomod.strategies.versions import GOOD_VERSIONS

_WORDS = [
    *words(
        "a.b/c a.b/c/v2 gopkg.in/yaml.v2 x ../local C:\\x .\\x /abs a@b é \udcff v1.0.0 v1 v2.0.0+incompatible v1.0.0-a"
    ),
    *words(
        '"a.b/c" "a.b\\u002fc" "\\x61.b" "" "\\q" "\\377" "\\400" "\\ud800" `a.b/c` \'a.b\' "a "é" "\udcff" a"b "//"'
    ),
    *words("( ) [ ] { } , => // /* a//b a/*b / (a a=b a=b=c ="),
    *words("1.21 1.23rc1 v1.20x 1.20.x go1.21.0 default go1 go12 1 01.2 "),
    *['"a b"', '"a\\\nb"', '"\\U0001F600"', '"\\U00110000"'],
]
_VERBS = words("module go toolchain godebug require exclude replace retract tool ignore future")
_COMMENTS = [
    "",
    "",
    " // indirect",
    " // indirect; why",
    "//indirect",
    " // Deprecated: no",
    " // why",
    "\t//",
    " // \u00a0x\x1c",
    "\t// indirect\r",
    " //\x1cindirect //\u2003",
]
_COMMENT_LINES = [
    *[
        "",
        "// a",
        "// Deprecated: use b",
        "//",
        "//   Deprecated: x",
        "\t",
        "\r",
        "// Deprecated:  ",
        "//\tindirect",
        "// a\r",
    ],
    *["// Deprecated: a\n// b\n\n// Deprecated: c", "// a\n//\n// Deprecated: b\n//\n// c", "\n\n", "/ /"],
]

_ODD_LINES = [
    *['future "a\\\nb"', '// apart\n\nfuture "\\\n"', 'tool "\\\n" (', '"\\\n//" x', "future `a\rb`", "go 1.21\u00a0"],
    *["\ufeffmodule a.b", "module\ta.b/\udcff", "module `a.b`", 'module"a.b"', "module(a.b)", "require\ta.b\r v1 "],
    *["replace a.b=>../x", "replace a.b =>\t../x", "godebug x=", "tool(", "(", "require ( )", "ignore ()", ") )"],
    *["retract [v1,v2", f"{'f' * 5000} x"],
]
_BLANKS = ["", "", " ", "\t", "\r"]

_requirements = [f"{path} {version}" for path in GOOD_PATHS for version in GOOD_VERSIONS]
_targets = [*words("../x ./y /z a.b/d a.b/d@v1 C:\\x"), *_requirements]
_ARGUMENTS = {
    "module": [*GOOD_PATHS, '"a.b/c"'],
    "require": _requirements,
    "exclude": _requirements,
    "replace": [f"{old} => {new}" for old in [*GOOD_PATHS, *_requirements] for new in _targets],
    "retract": [
        *GOOD_VERSIONS,
        *(f"[{low}, {high}]" for low in GOOD_VERSIONS for high in GOOD_VERSIONS),
        "[v1.0.0 v1.1.0]",
    ],
    "godebug": words("x=y default=go1.21 a=b=c"),
    "tool": words("a.b/c/cmd ()"),
    "ignore": words("./x y/z"),
    "go": words("1.21 1.24.1"),
    "toolchain": words("go1.24.1"),
}


def _block(verb: str, lines: list[str], comment: str) -> str:
    return "\n".join([f"{verb} ({comment}", *lines, f"){comment[::-1] if comment.isspace() else comment}"])


_good_lines = st.one_of(*(combined([f"{verb} "], arguments, _COMMENTS) for verb, arguments in _ARGUMENTS.items()))
_wild_lines = combined(_VERBS, [" "], _WORDS, [" "], _WORDS, [" ", ""], _WORDS, _COMMENTS)
_odd_lines = combined(["", " "], _ODD_LINES, _COMMENTS)
_intervals = combined(
    ["retract"], [" ", ""], ["["], _BLANKS, words("v1.0.0 v1 x , ]"), _BLANKS, words(", ,,  =>"), _BLANKS,
    ["v1.1.0", '"v2"', "`v2`", "["], _BLANKS, words("] ) ]x  ] ]"), _COMMENTS,
)  # fmt: skip
_comment_lines = combined(_COMMENT_LINES)
_comments = combined(_COMMENTS)
_good_blocks = st.one_of(
    *(
        st.builds(
            _block,
            st.just(verb),
            st.lists(st.one_of(combined(_ARGUMENTS[verb], _COMMENTS), _comment_lines), max_size=4),
            _comments,
        )
        for verb in ("require", "retract", "module", "replace", "godebug", "tool", "ignore")
    )
)
_wild_blocks = st.builds(
    _block,
    combined(_VERBS),
    st.lists(combined(_WORDS, [" "], _WORDS, [" ", ""], _WORDS, _COMMENTS), max_size=3),
    _comments,
)
_statements = st.lists(
    st.one_of(
        _good_lines, _comment_lines, _good_lines, _wild_lines, _odd_lines, _intervals, _good_blocks, _wild_blocks
    ),
    max_size=5,
)

go_mods = spoiled(
    st.builds(
        lambda lines, newline, last: newline.join(lines) + last,
        _statements,
        combined(["\n", "\r\n"]),
        combined(["\n", ""]),
    ),
    " \t\n\r()[],\"`\\/'=>ab." + ODD,
)
