"""The order of versions where Python could stand in the way; x/mod's own verdicts are in the vectors."""

from gomod.semver import compare, is_valid, sort


def test_versions_are_sorted_by_number_and_not_as_text() -> None:
    assert sort(["v1.10.0", "v1.9.0", "v1.9.0-rc.1", "v1.9.0-rc.10", "v1.9.0-rc.9"]) == [
        "v1.9.0-rc.1",
        "v1.9.0-rc.9",
        "v1.9.0-rc.10",
        "v1.9.0",
        "v1.10.0",
    ]


def test_what_is_no_version_stands_first_in_the_order_of_its_bytes() -> None:
    foreign_byte = "\udcff"  # 0xFF, above all bytes of UTF-8; Python takes the escape for U+DCFF
    assert sort(["v1.0.0", foreign_byte, "\ufeff", "\U0001f600"]) == ["\ufeff", "\U0001f600", foreign_byte, "v1.0.0"]


def test_numbers_of_any_length_are_compared() -> None:
    assert compare(f"v{'9' * 5000}.0.0", f"v1{'0' * 5000}.0.0") == -1


def test_digits_of_other_scripts_are_no_digits() -> None:
    assert not is_valid("v1.0.\u0660")
    assert not is_valid("v1.0.0\n")
