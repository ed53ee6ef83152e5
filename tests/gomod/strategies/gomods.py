"""go.mod files."""

from hypothesis import strategies as st

from tests.gomod.strategies.paths import good_paths
from tests.gomod.strategies.texts import ODD, joined, one, spoiled
from tests.gomod.strategies.versions import good_versions, plain_versions

_words = st.one_of(
    one("a.b/c a.b/c/v2 gopkg.in/yaml.v2 x ../local ./x C:\\x .\\x /abs a@b é \udcff"),
    one('"a.b/c" "a.b\\u002fc" "\\x61.b" "" "\\q" "\\377" "\\400" "\\ud800" `a.b/c` \'a.b\' "a "é" "\udcff" a"b'),
    st.sampled_from(['"a b"', '"a\\\nb"', '"\\U0001F600"', '"\\U00110000"', '"//"']),
    one("( ) [ ] { } , => // /* a//b a/*b / (a a=b a=b=c ="),
    one("1.21 1.21.0 1.23rc1 1.24 v1.20x 1.20.x go1.21.0 default go1 go12 1 01.2"),
    plain_versions,
    good_paths,
)
_verbs = one("module go toolchain godebug require exclude replace retract tool ignore future")
_comments = st.sampled_from(
    [
        "",
        "",
        "",
        " // indirect",
        " // indirect; why",
        "//indirect",
        " // Deprecated: no",
        " // why",
        "\t//",
        " // \u00a0x\x1c",
    ]
)
_comment_lines = st.sampled_from(
    [
        "",
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
    ]
)

_requirements = joined(good_paths, good_versions, by=" ")
_replacements = joined(
    st.one_of(good_paths, _requirements), st.just("=>"), one("../x ./y /z a.b/d a.b/d@v1 C:\\x"), by=" "
) | joined(st.one_of(good_paths, _requirements), st.just("=>"), _requirements, by=" ")
_retractions = st.one_of(good_versions, st.builds("[{}, {}]".format, good_versions, good_versions))
_arguments = {
    "module": st.one_of(good_paths, st.just('"a.b/c"')),
    "require": _requirements,
    "exclude": _requirements,
    "replace": _replacements,
    "retract": _retractions,
    "godebug": one("x=y default=go1.21 a=b=c"),
    "tool": one("a.b/c/cmd ()"),
    "ignore": one("./x y/z"),
}
_good_arguments = st.sampled_from(sorted(_arguments)).flatmap(
    lambda verb: joined(st.just(verb), _arguments[verb], by=" ")
)
_good_lines = st.one_of(_good_arguments, st.sampled_from(["go 1.21", "go 1.24.1", "toolchain go1.24.1"]))
_wild_lines = joined(_verbs, st.lists(_words, max_size=5).map(" ".join), by=" ")
_lines = joined(st.one_of(_good_lines, _good_lines, _wild_lines), _comments)


def _block(verb: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lines = st.lists(st.one_of(joined(inner, _comments), _comment_lines), max_size=4).map("\n".join)
    return joined(st.just(f"{verb} ("), _comments, st.just("\n"), lines, st.just("\n)"), _comments)


_good_blocks = st.sampled_from(sorted(_arguments)).flatmap(lambda verb: _block(verb, _arguments[verb]))
_wild_blocks = _verbs.flatmap(lambda verb: _block(verb, st.lists(_words, max_size=3).map(" ".join)))
_statements = st.lists(st.one_of(_lines, _comment_lines, _good_blocks, _wild_blocks), max_size=6)

go_mods = spoiled(
    st.one_of(
        _statements.map("\n".join), _statements.map("\r\n".join), joined(_statements.map("\n".join), st.just("\n"))
    ),
    " \t\n\r()[],\"`\\/'=>ab." + ODD,
)
