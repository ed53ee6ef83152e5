"""Paths and versions: what people see of the rules; x/mod's own verdicts are in the vectors."""

import pytest

from gomod.errors import InvalidPath, InvalidVersion, Malformed
from gomod.module import ModuleVersion, check, check_globs, check_path, unescape_path, unescape_version


def test_a_module_version_is_written_with_an_at_sign_and_ordered_by_path() -> None:
    assert str(ModuleVersion("a.b/c", "v1.0.0")) == "a.b/c@v1.0.0"
    assert ModuleVersion("a.b/c", "v2.0.0") < ModuleVersion("a.b/d", "v1.0.0")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "empty string"),
        ("a.b/\udcff", "invalid UTF-8"),
        ("a.b/c/v1", "invalid version: a major version suffix is /v2, /v3 and so on"),
        ("gopkg.in/yaml", "invalid version: gopkg.in paths end in .vN"),
        ("A.b/c", "invalid char in first path element: only a-z, 0-9, dot and dash"),
        ("localhost/c", "missing dot in first path element"),
        ("a.b/con.x", "'con' disallowed as path element component on Windows"),
        ("a.b/c d", "invalid char ' '"),
    ],
)
def test_the_reason_is_told_on_one_line(path: str, reason: str) -> None:
    with pytest.raises(InvalidPath) as caught:
        check_path(path)
    assert (caught.value.kind, caught.value.path, caught.value.reason) == ("module", path, reason)
    assert str(caught.value).isprintable()


def test_a_version_of_another_major_says_which_it_should_be() -> None:
    with pytest.raises(InvalidVersion, match=r"version 'v1\.0\.0' invalid: should be v2, not v1"):
        check("a.b/c/v2", "v1.0.0")
    with pytest.raises(InvalidVersion, match="not a semantic version"):
        check("a.b/c", "latest")


@pytest.mark.parametrize(
    "escaped", ["github.com/Azure/x", "github.com/!Azure", "github.com/x!", "github.com/!!x", "a.b/%21x"]
)
def test_an_escaped_path_has_no_upper_case_and_no_stray_mark(escaped: str) -> None:
    with pytest.raises(Malformed):
        unescape_path(escaped)
    with pytest.raises(Malformed):
        unescape_version(escaped)


@pytest.mark.parametrize("globs", ["go.corp.example/*", "*.corp.example,a.b/c/", "*", "a.b/[a-z]?x", "corp/x+y"])
def test_a_glob_may_be_anything_that_a_path_can_match(globs: str) -> None:
    check_globs(globs)


@pytest.mark.parametrize(
    ("globs", "reason"),
    [
        ("a.b,a.b/[c", "malformed glob"),
        ("a.b\\", "malformed glob"),
        ("https://a.b/c", "invalid char ':'"),
        ("a.b/c@v1", "invalid char '@'"),
        ("/a.b", "empty path element"),
        ("a.b/c,", "empty path element"),
        ("a.b/...", "invalid path element '...'"),
    ],
)
def test_a_glob_that_nothing_can_match_is_refused(globs: str, reason: str) -> None:
    with pytest.raises(InvalidPath) as caught:
        check_globs(globs)
    assert caught.value.reason == reason
