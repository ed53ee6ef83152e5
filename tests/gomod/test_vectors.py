"""Our rules give the recorded answers of golang.org/x/mod: the same on every machine and every Python, without go."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.gomod.oracle import Answer
from tests.gomod.ours import carry_out

FOLDER = Path(__file__).parent / "vectors"


@pytest.mark.parametrize(("name", "fewest"), [("paths", 3000), ("versions", 8000), ("go_mods", 2000)])
def test_every_recorded_answer_is_ours(name: str, fewest: int) -> None:
    rows = json.loads((FOLDER / f"{name}.json").read_text())
    wrong = [
        (function, arguments, "x/mod:", Answer(ok, value), "ours:", ours)
        for function, arguments, ok, value in rows
        if (ours := carry_out(function, *arguments)) != Answer(ok, value)
    ]
    assert wrong == []
    assert len(rows) >= fewest


def test_the_record_has_refusals_and_values_of_every_rule() -> None:
    rows = [
        row for name in ("paths", "versions", "go_mods") for row in json.loads((FOLDER / f"{name}.json").read_text())
    ]
    accepted = Counter(function for function, _, ok, _ in rows if ok)
    refused = Counter(function for function, _, ok, _ in rows if not ok)
    never_refusing = {
        "canonical_version", "is_pseudo_version", "match_prefix_patterns", "module_path", "path_major_prefix",
        "pseudo_version", "semver_build", "semver_canonical",
        "semver_compare", "semver_is_valid", "semver_major", "semver_major_minor",
        "semver_prerelease", "semver_sort", "zero_pseudo_version",
    }  # fmt: skip
    assert set(accepted) - set(refused) == never_refusing
    assert set(refused) <= set(accepted)
