"""Reading and writing .info documents."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gomod.errors import Malformed
from gomod.info import Info, Origin, format_info, parse_info

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


def test_a_document_of_the_go_command_is_read() -> None:
    document = (
        b'{"Version":"v1.2.0","Time":"2024-02-29T13:00:00.5+01:00","Future":[1,{}],"Origin":{"VCS":"git",'
        b'"URL":"https://a.b/c","Hash":"0123","TagSum":null,"TagPrefix":"sub/","Ref":"refs/tags/v1.2.0"}}\n'
    )
    origin = Origin(vcs="git", url="https://a.b/c", hash="0123", tag_prefix="sub/", ref="refs/tags/v1.2.0")
    assert parse_info(document) == Info("v1.2.0", NOON + timedelta(milliseconds=500), origin)


def test_what_is_written_is_read_again() -> None:
    origin = Origin(
        vcs="git", url="https://a.b/\u00e9", subdir="x", hash="0", tag_sum="t1:x", ref="main", repo_sum="r1:x"
    )
    for info in (Info("v1.0.0", NOON), Info("v1.0.0", NOON, origin), Info("v1.0.0", NOON, Origin())):
        assert parse_info(format_info(info)) == info


def test_it_is_written_as_the_go_command_does() -> None:
    local = NOON.astimezone(timezone(timedelta(hours=2)))
    assert format_info(Info("v1.0.0", local)) == b'{"Version":"v1.0.0","Time":"2024-02-29T12:00:00Z"}'
    written = format_info(Info("v1.0.0", NOON + timedelta(milliseconds=20), Origin(vcs="git", hash="0123")))
    assert written == b'{"Version":"v1.0.0","Time":"2024-02-29T12:00:00.02Z","Origin":{"VCS":"git","Hash":"0123"}}'


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "is not JSON"),
        ("\ufeff{}", "is not JSON"),
        ("[]", "the document is not an object"),
        ("{}", "Version is missing"),
        ('{"Version":"","Time":"2024-01-01T00:00:00Z"}', "Version is missing or empty"),
        ('{"Version":1,"Time":"2024-01-01T00:00:00Z"}', "Version is not a string"),
        ('{"Version":"v1.0.0"}', "Time '' is not of the form"),
        ('{"Version":"v1.0.0","Time":1}', "Time is not a string"),
        ('{"Version":"v1.0.0","Time":"yesterday"}', "Time 'yesterday' is not of the form"),
        ('{"Version":"v1.0.0","Time":"2023-02-29T00:00:00Z"}', "is no real time"),
        ('{"Version":"v1.0.0","Time":"9999-12-31T23:59:59-01:00"}', "is no real time"),
        ('{"Version":"v1.0.0","Time":"2024-01-01T00:00:00Z","Origin":"git"}', "Origin is not an object"),
        ('{"Version":"v1.0.0","Time":"2024-01-01T00:00:00Z","Origin":{"VCS":[]}}', "VCS is not a string"),
        ('{"Version":"v1.0.0","version":"v9.0.0","Time":"2024-01-01T00:00:00Z"}', "says 'version' twice"),
        ('{"Version":"v1.0.0","Ver\u017fion":"v9.0.0","Time":"2024-01-01T00:00:00Z"}', "twice"),
        ('{"Version":"\\ud800","Time":"2024-01-01T00:00:00Z"}', "Version is not Unicode text"),
        ('{"Version":"v1.0.0","Time":"2024-01-01T00:00:00Z","X":NaN}', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_wrong_is_named(document: str, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        parse_info(document.encode())


def test_foreign_bytes_are_not_json() -> None:
    with pytest.raises(Malformed, match="is not JSON"):
        parse_info(b'{"Version":"\xff"}')


def test_a_number_of_any_length_is_passed_over() -> None:
    document = '{"Version":"v1.0.0","Time":"2024-02-29T12:00:00Z","X":' + "9" * 100_000 + "}"
    assert parse_info(document.encode()) == Info("v1.0.0", NOON)
