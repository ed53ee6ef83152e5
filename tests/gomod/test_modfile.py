"""go.mod files: what people see of them; x/mod's own verdicts are in the vectors."""

import pytest

from gomod.errors import InvalidGoMod
from gomod.limits import MAX_PARSED_GO_MOD
from gomod.modfile import Replace, Require, Retract, module_path, parse, parse_lax
from gomod.module import ModuleVersion

WHOLE = b"""\
// The registry's sample.

// Deprecated: use
// a.b/d instead.
module "a.b/c" // not this

go 1.24.1
toolchain go1.24.2
godebug default=go1.21

require (
\tx.y/z v1.0.0 // indirect

\t// Why.
\tx.y/w/v2 v2.0.0-rc.1
)

exclude x.y/z v1.0.1
replace x.y/z => ../z
replace x.y/z v1.0.0 => x.y/w v0.0.0-20240101000000-abcdefabcdef
retract (
\tv1.0.0 // Published by accident.
\t[v1.1.0, v1.2.0]
)
tool a.b/c/cmd/t
ignore ./data
"""


def test_everything_that_a_go_mod_says_is_read() -> None:
    said = parse(WHOLE)
    assert (said.module, said.go, said.toolchain, said.godebug) == (
        "a.b/c",
        "1.24.1",
        "go1.24.2",
        [("default", "go1.21")],
    )
    assert said.deprecated == "use\na.b/d instead.\nnot this"
    assert said.require == [
        Require(ModuleVersion("x.y/z", "v1.0.0"), indirect=True),
        Require(ModuleVersion("x.y/w/v2", "v2.0.0-rc.1"), indirect=False),
    ]
    assert said.exclude == [ModuleVersion("x.y/z", "v1.0.1")]
    assert said.replace == [
        Replace(ModuleVersion("x.y/z", ""), ModuleVersion("../z", "")),
        Replace(ModuleVersion("x.y/z", "v1.0.0"), ModuleVersion("x.y/w", "v0.0.0-20240101000000-abcdefabcdef")),
    ]
    assert said.retract == [Retract("v1.0.0", "v1.0.0", "Published by accident."), Retract("v1.1.0", "v1.2.0", "")]
    assert (said.tool, said.ignore) == (["a.b/c/cmd/t"], ["./data"])


def test_of_a_dependency_only_what_counts_there_is_read() -> None:
    said = parse_lax(WHOLE + b"future directive\nreplace nonsense\n")
    assert said.module == "a.b/c"
    assert len(said.require) == len(said.retract) == 2
    assert (said.toolchain, said.exclude, said.replace, said.tool, said.godebug) == ("", [], [], [], [])


def test_every_fault_is_named_with_its_line() -> None:
    with pytest.raises(InvalidGoMod) as caught:
        parse(b"module a.b/c\ngo x\n\nrequire (\n\ta.b v2.0.0\n\ta.b\n)\nfuture x\n", name="sub/go.mod")
    assert str(caught.value) == (
        "sub/go.mod:2: go: invalid go version 'x': must be like 1.23.0; "
        "sub/go.mod:5: require: version 'v2.0.0' invalid: should be v0 or v1, not v2; "
        "sub/go.mod:6: require: expects module/path v1.2.3; "
        "sub/go.mod:8: future: unknown directive"
    )


def test_of_many_faults_twenty_are_shown() -> None:
    with pytest.raises(InvalidGoMod) as caught:
        parse(b"future x\n" * 1000)
    assert str(caught.value).count("unknown directive") == 20
    assert str(caught.value).endswith("; and 980 more")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("module a /* b */", "go.mod:1: mod files must use // comments"),
        ("\n\nmodule \x01", "go.mod:3: unexpected input character '\\x01'"),
        ('module "a', "go.mod:1: unexpected end of line or file in string"),
        ("require (\n\n", "go.mod:3: unterminated block started on line 1"),
        ("require (\n) x", "go.mod:2: expected newline after closing paren"),
    ],
)
def test_what_can_not_be_read_at_all_is_named_with_its_line(text: str, message: str) -> None:
    for read in (parse, parse_lax):
        with pytest.raises(InvalidGoMod) as caught:
            read(text.encode())
        assert str(caught.value).startswith(message)


def test_the_path_is_found_in_a_file_that_is_wrong_otherwise() -> None:
    assert module_path(b"require (\n\xff\nmodule a.b/c // x\nmodule d\n") == "a.b/c"
    assert module_path(b"\xef\xbb\xbfmodule a.b/c\n") == ""
    assert module_path(b"modules a.b/c\nmodule") == ""


def test_a_file_of_absurd_size_is_refused_unread() -> None:
    parse(b"\n" * MAX_PARSED_GO_MOD)
    for read in (parse, parse_lax):
        with pytest.raises(InvalidGoMod, match="1048576 are allowed"):
            read(b"\n" * (MAX_PARSED_GO_MOD + 1))
    assert module_path(b"\n" * (16 << 20) + b"module a.b") == "a.b"
