"""Every verdict and every value of the rules is x/mod's, whatever hypothesis thinks of."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gomod.oracle import Oracle
from tests.gomod.ours import carry_out
from tests.gomod.strategies.globs import globs, targets
from tests.gomod.strategies.gomods import go_mods
from tests.gomod.strategies.paths import escaped_paths, good_paths, paths
from tests.gomod.strategies.versions import good_versions, versions

# No deadline: an example may have to wait for other tests on the same core.
thoroughly = settings(max_examples=10_000 if os.environ.get("CI") == "true" else 200, deadline=None)


def agree(oracle: Oracle, *calls: tuple[str, *tuple[object, ...]]) -> None:
    """Assert that x/mod and we answer all calls alike."""
    for (name, *arguments), theirs in zip(calls, oracle.ask(*calls), strict=True):
        assert carry_out(name, *arguments) == theirs, (name, *arguments)


@thoroughly
@given(path=paths)
def test_paths(oracle: Oracle, path: str) -> None:
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
def test_unescaping(oracle: Oracle, escaped: str) -> None:
    agree(oracle, ("unescape_path", escaped), ("unescape_version", escaped))


@thoroughly
@given(v=versions)
def test_versions(oracle: Oracle, v: str) -> None:
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
@given(path=st.one_of(good_paths, paths), v=versions)
def test_a_path_and_a_version(oracle: Oracle, path: str, v: str) -> None:
    agree(oracle, ("check", path, v))


@thoroughly
@given(listed=st.lists(st.one_of(versions, good_versions), min_size=2, max_size=6))
def test_the_order_of_versions(oracle: Oracle, listed: list[str]) -> None:
    agree(oracle, ("semver_sort", listed), ("semver_compare", *listed[:2]))


@thoroughly
@given(patterns=globs, target=targets)
def test_globs(oracle: Oracle, patterns: str, target: str) -> None:
    agree(oracle, ("match_prefix_patterns", patterns, target))


@thoroughly
@given(text=go_mods)
def test_go_mod_files(oracle: Oracle, text: str) -> None:
    agree(oracle, ("parse_mod", text), ("parse_lax", text), ("module_path", text))
