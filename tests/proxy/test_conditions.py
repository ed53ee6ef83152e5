"""Which part of an answer is sent, by the request's headers."""

import pytest
from starlette.datastructures import Headers

from gomod_proxy.conditions import RangeNotSatisfiable, Validators, is_current, wanted_range

NOW = Validators("abc", 784111777.6)
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


def test_the_validators_are_an_etag_and_a_date() -> None:
    assert NOW.headers() == {"etag": '"abc"', "last-modified": DATE}
    assert Validators("abc", None).headers() == {"etag": '"abc"'}


@pytest.mark.parametrize(
    ("headers", "current"),
    [
        ({}, False),
        ({"if-none-match": '"abc"'}, True),
        ({"if-none-match": 'W/"abc"'}, True),
        ({"if-none-match": '"x", "abc"'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"ab"'}, False),
        ({"if-none-match": "abc"}, False),
        ({"if-none-match": '"x"', "if-modified-since": DATE}, False),
        ({"if-modified-since": DATE}, True),
        ({"if-modified-since": "Sun, 06 Nov 1994 08:49:38 GMT"}, True),
        ({"if-modified-since": "Sun, 06 Nov 1994 08:49:36 GMT"}, False),
        ({"if-modified-since": "yesterday"}, False),
        ({"if-modified-since": "Sun, 06 Nov 99999999999 08:49:37 GMT"}, False),
        ({"if-modified-since": "Sun, 06 Nov 1994 08:49:37 +999999999999"}, False),
    ],
)
def test_a_client_that_has_it_is_told_so(headers: dict[str, str], current: bool) -> None:
    assert is_current(Headers(headers), NOW) is current


def test_what_has_no_date_is_newer_than_any() -> None:
    assert not is_current(Headers({"if-modified-since": DATE}), Validators("abc", None))


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, None),
        ({"range": "bytes=0-3"}, (0, 4)),
        ({"range": "bytes=4-"}, (4, 10)),
        ({"range": "bytes=4-99"}, (4, 10)),
        ({"range": f"bytes=4-{2**64 - 1}"}, (4, 10)),
        ({"range": f"bytes=4-{'9' * 5000}"}, (4, 10)),
        ({"range": f"bytes=-{'9' * 5000}"}, (0, 10)),
        ({"range": f"bytes={'0' * 20}1-{'0' * 5000}3"}, (1, 4)),
        ({"range": "bytes=9-9"}, (9, 10)),
        ({"range": "bytes=-3"}, (7, 10)),
        ({"range": "bytes=-99"}, (0, 10)),
        ({"range": "bytes=3-1"}, None),
        ({"range": "bytes=0-1,4-5"}, None),
        ({"range": "lines=0-1"}, None),
        ({"range": "bytes=a-b"}, None),
        ({"range": "bytes=-"}, None),
        ({"range": "bytes=0-3", "if-range": '"abc"'}, (0, 4)),
        ({"range": "bytes=0-3", "if-range": 'W/"abc"'}, None),
        ({"range": "bytes=0-3", "if-range": '"other"'}, None),
        ({"range": "bytes=0-3", "if-range": DATE}, (0, 4)),
        ({"range": "bytes=0-3", "if-range": "Sun, 06 Nov 1994 08:49:38 GMT"}, None),
    ],
)
def test_a_range_is_what_the_headers_say_or_everything(headers: dict[str, str], wanted: tuple[int, int] | None) -> None:
    assert wanted_range(Headers(headers), NOW, 10) == wanted


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_a_range_past_the_end_can_not_be_had(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        wanted_range(Headers({"range": header}), NOW, 10)
