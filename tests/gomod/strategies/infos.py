"""`.info` documents."""

import json

from hypothesis import strategies as st

from tests.gomod.strategies.texts import ODD, one, spoiled
from tests.gomod.strategies.versions import plain_versions

_times = st.one_of(
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    one("2024-02-29T00:00:00Z 2023-02-29T00:00:00Z 2024-01-01T00:00:00+01:00 2024-01-01T00:00:00-23:59"),
    one("2024-01-01T00:00:00.123456789Z 2024-01-01T00:00:00.5+05:30 0000-01-01T00:00:00Z 9999-12-31T23:59:59-23:59"),
    one("2024-01-01  now 2024-01-01T24:00:00Z 2024-01-01T00:00:60Z 2024-01-01T00:00:00+24:00 2024-1-01T00:00:00Z"),
)
_leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), plain_versions, _times)
_origins = st.dictionaries(
    one("VCS URL Subdir Hash TagPrefix TagSum Ref RepoSum ref x"),
    st.one_of(st.text(max_size=4), st.none(), st.integers()),
    max_size=4,
)
_any_key = one("Version Time Origin version TIME Ver\u017fion Unknown Short origin ")
_any_value = st.one_of(_leaves, _origins, st.lists(_leaves, max_size=2))
_members = st.lists(
    st.one_of(
        st.tuples(st.just("Version"), plain_versions),
        st.tuples(st.just("Time"), _times),
        st.tuples(st.just("Origin"), st.one_of(_origins, st.none())),
        st.tuples(_any_key, _any_value),
    ),
    max_size=4,
)


def _written(version: str, time: str, members: list[tuple[str, object]]) -> str:
    """An object that may say a thing twice, which no dict can."""
    members = [("Version", version), ("Time", time), *members]
    return "{" + ",".join(f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False)}" for key, value in members) + "}"


infos = spoiled(
    st.one_of(
        st.builds(_written, plain_versions, _times, _members),
        _members.map(dict).map(json.dumps),
        _any_value.map(json.dumps),
    ),
    '{}[]":,\\ \t\n0123456789abcdefuTZ.-+null' + ODD,
)
