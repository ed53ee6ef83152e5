"""Semantic versions, pseudo-versions, and what looks like them."""

from hypothesis import strategies as st

from tests.gomod.strategies.texts import combined, spoiled, words

GOOD_VERSIONS = words("v0.0.0 v1.2.3 v2.0.0 v2.0.0+incompatible v2.1.0-rc.1 v0.0.0-20240101000000-abcdefabcdef")

_NUMBERS = [*words("0 1 2 10 9 99 199 00 01 "), "1" * 30, "9" * 20]
_PRERELEASES = [
    *words(" -rc1 -0 -alpha.1 -alpha.01 -1.a.0 -- -a-b -0a -A.x1 - -. -a..b -0.0 -00 -9 -10 -a.9 -a.10 -a.b -a"),
    f"-{'9' * 22}",
]
_BUILDS = words(" +incompatible +meta +a.b +0.01 + +-")

releases = combined(["v"], _NUMBERS, ["."], _NUMBERS, ["."], _NUMBERS, _PRERELEASES, _BUILDS)
_shorthands = combined(words("v V "), _NUMBERS, words(" . .."), _NUMBERS, words(" ."), _NUMBERS, words(" -a +b"))
_pseudo_versions = combined(
    words("v0.0.0 v2.0.0 v1.2.0 v1.2.10 v1.2 v0.0.1"),
    words("- -0. -pre.0. -rc.1.0. -0.0. -x-y.0. -pre. -00. -pre0."),
    words("2024 2023 0001 9999 1900 202"),
    words("01 02 12 13 00"),
    words("01 28 29 30 31 00"),
    words("000000 235959 240000 236000 000060"),
    words("- - ."),
    words("abcdefabcdef 000000000000 a  A1b2 a-b"),
    words(" +incompatible +meta.1"),
)

good_versions = combined(GOOD_VERSIONS)
plain_versions = st.one_of(releases, _shorthands, _pseudo_versions)
versions = spoiled(plain_versions)
