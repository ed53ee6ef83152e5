"""Every verdict and every value of the rules is x/mod's, whatever hypothesis thinks of."""

import os
import re
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from gomod.errors import Malformed
from gomod.info import parse_info
from tests.gomod.oracle import Oracle
from tests.gomod.ours import carry_out
from tests.gomod.strategies.globs import globs, targets
from tests.gomod.strategies.gomods import go_mods
from tests.gomod.strategies.infos import infos
from tests.gomod.strategies.paths import escaped_paths, good_paths, paths
from tests.gomod.strategies.texts import combined, words
from tests.gomod.strategies.versions import good_versions, versions

# No deadline: an example may have to wait for other tests on the same core.
thoroughly = settings(max_examples=10_000 if os.environ.get("CI") == "true" else 200, deadline=None)

times = st.integers(-62135596800, 253402300799).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def agree(oracle: Oracle, *calls: tuple[str, *tuple[object, ...]]) -> None:
    """Assert that x/mod and we answer all calls alike."""
    for (name, *arguments), theirs in zip(calls, oracle.ask(*calls), strict=True):
        assert carry_out(name, *arguments) == theirs, (name, *arguments)


@thoroughly
@given(path=paths)
def test_x_mod_agrees_on_paths(oracle: Oracle, path: str) -> None:
    agree(
        oracle,
        ("check_path", path),
        ("check_import_path", path),
        ("check_file_path", path),
        ("split_path_version", path),
        ("escape_path", path),
    )


@thoroughly
@given(escaped=st.one_of(escaped_paths, versions))
def test_x_mod_agrees_on_unescaping(oracle: Oracle, escaped: str) -> None:
    agree(oracle, ("unescape_path", escaped), ("unescape_version", escaped))


@thoroughly
@given(v=versions)
def test_x_mod_agrees_on_versions(oracle: Oracle, v: str) -> None:
    agree(
        oracle,
        ("semver_is_valid", v),
        ("semver_canonical", v),
        ("semver_major", v),
        ("semver_major_minor", v),
        ("semver_prerelease", v),
        ("semver_build", v),
        ("canonical_version", v),
        ("escape_version", v),
        ("is_pseudo_version", v),
        ("pseudo_version_rev", v),
        ("pseudo_version_base", v),
    )


@thoroughly
@given(path=st.one_of(good_paths, paths), v=versions, path_major=combined(words(" /v2 .v0 .v1 .v1-unstable /v10 .v2")))
def test_x_mod_agrees_on_a_path_and_a_version(oracle: Oracle, path: str, v: str, path_major: str) -> None:
    agree(oracle, ("check", path, v), ("check_path_major", v, path_major))


@thoroughly
@given(listed=st.lists(st.one_of(versions, good_versions), min_size=2, max_size=6))
def test_x_mod_agrees_on_the_order_of_versions(oracle: Oracle, listed: list[str]) -> None:
    agree(oracle, ("semver_sort", listed), ("semver_compare", *listed[:2]))


@thoroughly
@given(
    major=combined(words(" v0 v1 v2 v10")),
    older=st.one_of(st.just(""), versions),
    time=times,
    rev=combined(words("abcdefabcdef a  A")),
)
def test_x_mod_agrees_on_making_pseudo_versions(
    oracle: Oracle, major: str, older: str, time: datetime, rev: str
) -> None:
    agree(oracle, ("pseudo_version", major, older, time.isoformat(), rev), ("zero_pseudo_version", major))


@thoroughly
@given(v=versions)
def test_x_mod_agrees_on_the_times_of_pseudo_versions(oracle: Oracle, v: str) -> None:
    theirs = oracle.ask_one("pseudo_version_time", v)
    ours = carry_out("pseudo_version_time", v)
    if str(theirs.value).startswith("0000-"):
        assert not ours.ok, "no datetime has the year 0, in which nobody committed anything"
    else:
        assert ours == theirs


@thoroughly
@given(patterns=globs, target=targets)
def test_x_mod_agrees_on_globs(oracle: Oracle, patterns: str, target: str) -> None:
    agree(oracle, ("match_prefix_patterns", patterns, target))


@thoroughly
@given(
    names=st.lists(
        combined(words("a.b/ A /  \udcff a-"), words("x \n \u00e9 \udc80 B \U0001f600")), max_size=5, unique=True
    )
)
def test_x_mod_agrees_on_hashing_files(oracle: Oracle, names: list[str]) -> None:
    agree(oracle, ("hash1", names, names))


@thoroughly
@given(text=go_mods)
def test_x_mod_agrees_on_go_mod_files(oracle: Oracle, text: str) -> None:
    agree(oracle, ("parse_mod", text), ("parse_lax", text), ("module_path", text))


STRICTER_INFO = re.compile(
    r"\.info: (.* says '.*' twice|Version is missing or empty|Time '' is not|.* is not Unicode text"
    r"|Time '0000-.*' is no real time|Time '\d{4}-\d\d-\d\dT(\d:\d\d:\d\d|.*,|.*[+-](24:|..:60)).*' is not of the form"
    r"|Time .*date value out of range)"
    r"|\.info is not JSON: 'utf-8' codec",
    re.DOTALL,
)
"""Where our reading of a .info is stricter than encoding/json: a thing said twice or not at all, and odd times."""


def complaint(text: str) -> str:
    """What we find wrong with a .info, empty for nothing."""
    try:
        parse_info(text.encode("utf-8", "surrogateescape"))
    except Malformed as error:
        return str(error)
    return ""


@thoroughly
@given(text=infos)
def test_encoding_json_agrees_on_infos(oracle: Oracle, text: str) -> None:
    theirs = oracle.ask_one("parse_info", text)
    if refused := complaint(text):
        assert not theirs.ok or STRICTER_INFO.match(refused) or text.strip() == "null"
    else:
        assert carry_out("parse_info", text) == theirs
