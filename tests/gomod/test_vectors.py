"""Our rules give the recorded answers of golang.org/x/mod: the same on every machine and every Python, without go."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gomod.dirhash import hash_zip
from gomod.errors import InvalidModule
from gomod.module import ModuleVersion
from gomod.modzip import check_zip, create, select_files
from tests.gomod.oracle import Answer, Oracle
from tests.gomod.ours import carry_out
from tests.gomod.strategies.trees import honest_tree
from tests.gomod.vectors.zips import zip_of

FOLDER = Path(__file__).parent / "vectors"


def recorded(name: str) -> list[Any]:
    """The rows of one file."""
    rows = json.loads((FOLDER / f"{name}.json").read_text())
    assert isinstance(rows, list)
    return rows


@pytest.mark.parametrize(("name", "fewest"), [("paths", 3000), ("versions", 8000), ("go_mods", 2000)])
def test_every_recorded_answer_is_ours(name: str, fewest: int) -> None:
    rows = recorded(name)
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


@pytest.mark.parametrize("name", ["paths", "versions", "go_mods"])
def test_the_record_is_what_x_mod_answers_today(oracle: Oracle, name: str) -> None:
    rows = recorded(name)
    answers = oracle.ask(*[(function, *arguments) for function, arguments, _, _ in rows])
    stale = [row for row, answer in zip(rows, answers, strict=True) if answer != Answer(row[2], row[3])]
    assert stale == [], "run scripts/vectors"


ZIPS = recorded("zips")


@pytest.mark.parametrize("row", [row for row in ZIPS if row[0] == "check_zip"])
def test_zips_are_taken_and_refused_as_recorded(tmp_path: Path, row: Any) -> None:  # noqa: ANN401 - JSON
    _, path, version, files, expected = row
    target = tmp_path / "some.zip"
    target.write_bytes(zip_of(files))
    if expected["checked"] and expected["unzipped"]:
        checked = check_zip(ModuleVersion(path, version), target)
        assert checked.h1 == expected["h1"]
        assert [f"{path}@{version}/{file.path}" for file in checked.files] == expected["valid"]
    else:
        with pytest.raises(InvalidModule):
            check_zip(ModuleVersion(path, version), target)


@pytest.mark.parametrize("row", [row for row in ZIPS if row[0] == "check_files"])
def test_files_are_selected_as_recorded(row: Any) -> None:  # noqa: ANN401 - JSON
    _, _, _, files, expected = row
    selection = select_files(honest_tree(files))
    assert [file.path for file in selection.kept] == expected["valid"]
    assert [omission.path for omission in selection.omitted] == expected["omitted"]
    assert [path for path, _ in selection.invalid] == expected["invalid"]


@pytest.mark.parametrize("row", [row for row in ZIPS if row[0] == "create"])
def test_zips_are_made_with_the_recorded_hash(tmp_path: Path, row: Any) -> None:  # noqa: ANN401 - JSON
    _, path, version, files, expected = row
    target = tmp_path / "made.zip"
    if expected is None:
        with pytest.raises(InvalidModule):
            create(target, ModuleVersion(path, version), honest_tree(files))
    else:
        create(target, ModuleVersion(path, version), honest_tree(files))
        assert hash_zip(target) == expected
