"""Semantic versions, pseudo-versions, and what looks like them."""

from hypothesis import strategies as st

from tests.gomod.strategies.texts import joined, one, spoiled

_numbers = st.one_of(st.integers(0, 12).map(str), st.sampled_from(["00", "01", "1" * 30, "99", "199", "9" * 20]))
_identifiers = st.lists(
    st.one_of(
        st.sampled_from(["0", "00", "1", "01", "10", "9" * 22, "rc1", "alpha", "-", "a-b", "0a", "A", "x1", "", "0-0"]),
        st.text(st.sampled_from("01aA-"), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=3,
).map(".".join)
_prereleases = st.one_of(st.just(""), joined(st.just("-"), _identifiers))
_builds = st.one_of(one(" +incompatible +meta +a.b +0.01 +"), joined(st.just("+"), _identifiers))


def _release(lengths: tuple[int, int]) -> st.SearchStrategy[str]:
    numbers = st.lists(_numbers, min_size=lengths[0], max_size=lengths[1])
    return joined(st.just("v"), numbers.map(".".join))


_stamps = st.one_of(
    st.datetimes().map(lambda moment: f"{moment.year:04}{moment:%m%d%H%M%S}"),
    one("20240229000000 20230229000000 20241301000000 20240101240000 20240101000060 20240100000000"),
    one("00010101000000 99991231235959 2024010100000 202401010000000"),
)
revisions = st.one_of(
    one("abcdefabcdef 000000000000 a  A1b2 a-b"), st.text("0123456789abcdef", min_size=12, max_size=12)
)
_pseudo_versions = joined(
    st.one_of(_release((3, 3)), one("v0.0.0 v2.0.0 v1.2.0")),
    one("- -0. -pre.0. -rc.1.0. -0.0. -x-y.0. -pre. -00. -pre0."),
    _stamps,
    one("- - -  ."),
    revisions,
    one("  +incompatible +meta.1"),
)

good_versions = one("v0.0.0 v1.2.3 v2.0.0 v2.0.0+incompatible v2.1.0-rc.1 v0.0.0-20240101000000-abcdefabcdef")
plain_versions = st.one_of(joined(_release((1, 4)), _prereleases, _builds), _pseudo_versions)
versions = spoiled(plain_versions)
