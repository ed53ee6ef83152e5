"""`.info` documents."""

import json

from hypothesis import strategies as st

from tests.gomod.strategies.texts import ODD, combined, spoiled, words

_VERSIONS = [
    '"v1.0.0"',
    '"v0.0.0-20240101000000-abcdefabcdef"',
    '"main"',
    '""',
    "null",
    "1",
    '"\\ud800"',
    '"v1\\u002e0"',
]
_TIMES = [
    json.dumps(time)
    for time in [
        *words("2024-01-01T00:00:00Z 2024-02-29T23:59:59Z 2023-02-29T00:00:00Z 2024-01-01T00:00:00+01:00"),
        *words("2024-01-01T00:00:00.123456789Z 2024-01-01T00:00:00.5+05:30 0000-01-01T00:00:00Z 0001-01-01T00:00:00Z"),
        *words("2024-01-01  now 2024-01-01T24:00:00Z 2024-01-01T00:00:60Z 2024-01-01T00:00:00+24:00"),
        *words("2024-1-01T00:00:00Z 9999-12-31T23:59:59-23:59 2024-01-01T00:00:00-23:59"),
        *words("2024-01-01T00:00:00,5Z 2024-01-01T0:00:00Z"),
    ]
] + ["null", "0", "[]"]  # fmt: skip
_ORIGINS = [
    "null",
    "{}",
    '{"VCS":"git","URL":"https://a.b"}',
    '{"Hash":"abc","Ref":null}',
    '{"ref":"a"}',
    '{"VCS":1}',
    "[]",
    '""',
]
_KEYS = [
    '"Version"',
    '"Time"',
    '"Origin"',
    '"version"',
    '"TIME"',
    '"Ver\u017fion"',
    '"Unknown"',
    '""',
    '"origin"',
    '"Ver_sion"',
]
_VALUES = [
    "1",
    "null",
    "true",
    "{}",
    "[[1],{}]",
    "-0.5e9",
    "NaN",
    "Infinity",
    '"\\u00e9"',
    "1" * 5000,
    *_VERSIONS,
    *_TIMES[:2],
]

_usual = combined(['{"Version":'], _VERSIONS, [',"Time":'], _TIMES, [',"Origin":'], _ORIGINS, ["}"])
_members = st.lists(combined(_KEYS, [":"], _VALUES), max_size=4).map(",".join)
_more = st.builds(
    "{}{}{}".format, _usual.map(lambda text: text[:-1]), combined([",", ""]), _members.map(lambda text: f"{text}}}")
)

infos = spoiled(st.one_of(_usual, _more, combined(_VALUES)), '{}[]":,\\ \t\n0123456789abcdefuTZ.-+null' + ODD)
