"""Pseudo-versions where Python could stand in the way; x/mod's own verdicts are in the vectors."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gomod.errors import InvalidVersion
from gomod.pseudo import pseudo_version, pseudo_version_base, pseudo_version_time


def test_the_time_is_written_in_utc_with_four_digits_for_the_year() -> None:
    local = datetime(987, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert pseudo_version("v0", "", local, "abcdef") == "v0.0.0-09861231233000-abcdef"


def test_numbers_of_any_length_are_counted() -> None:
    nines = "9" * 5000
    made = pseudo_version("", f"v1.0.{nines}", datetime(2024, 1, 1, tzinfo=UTC), "abcdef")
    assert made == f"v1.0.1{'0' * 5000}-0.20240101000000-abcdef"
    assert pseudo_version_base(made) == f"v1.0.{nines}"


def test_the_year_0_is_refused_since_no_datetime_has_it() -> None:
    with pytest.raises(InvalidVersion, match="malformed time '00000101000000'"):
        pseudo_version_time("v0.0.0-00000101000000-abcdef")
    assert pseudo_version_time("v0.0.0-00010101000000-abcdef") == datetime(1, 1, 1, tzinfo=UTC)
