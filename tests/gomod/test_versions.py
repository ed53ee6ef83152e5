"""Which version is the latest."""

import pytest

from gomod.versions import latest

OLD_COMMIT = "v1.4.1-0.20200101000000-aaaaaaaaaaaa"
NEW_COMMIT = "v0.0.0-20210101000000-bbbbbbbbbbbb"


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (["v1.9.0", "v1.10.0", "v1.2.0"], "v1.10.0"),
        (["v1.0.0", "v1.1.0-rc.1", NEW_COMMIT], "v1.0.0"),
        (["v1.0.0-alpha", "v1.0.0-alpha.1", OLD_COMMIT], "v1.0.0-alpha.1"),
        ([OLD_COMMIT, NEW_COMMIT], NEW_COMMIT),
        (
            ["v0.0.0-20210101000000-bbbbbbbbbbbb", "v0.0.0-20210101000000-cccccccccccc"],
            "v0.0.0-20210101000000-cccccccccccc",
        ),
        (["v1.0.0", "v2.0.0+incompatible"], "v2.0.0+incompatible"),
        (["nonsense", "v1.0.0", "v9"], "v9"),
        (["nonsense"], None),
        ([], None),
    ],
)
def test_a_release_beats_a_prerelease_beats_a_commit(versions: list[str], expected: str | None) -> None:
    assert latest(versions) == expected
    assert latest(reversed(versions)) == expected
