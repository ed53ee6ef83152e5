"""docs/migrating-from-athens.md is whole: every variable of the real Athens, every form of a filter line."""

import re
from pathlib import Path

import pytest

from gomod_proxy.policy import parse_policy
from gomod_proxy.settings import ProxySettings
from gomod_service.settings import SettingsError, variables
from scripts.deploy import ROOT

DOCUMENT = (ROOT / "docs" / "migrating-from-athens.md").read_text()
UNTAGGED = {"ATHENS_TIMEOUT", "PORT"}  # Athens derives the one from a field's name, and reads the other by hand

_ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [re.split(r" ?\| ?", row) for row in _ROW.findall(section)][1:]


def code(cell: str) -> str:
    match = re.fullmatch("`(.*)`", cell)
    assert match, cell
    return match[1]


@pytest.mark.may_skip(reason="Athens is built from its source, which a machine without a mirror can't get")
def test_every_variable_of_athens_has_one_row(athens: Path) -> None:
    known = {tag.decode() for tag in re.findall(rb'envconfig:"([A-Z0-9_]+)"', athens.read_bytes())}
    named = [code(row[0]) for row in rows("Variables")]
    assert len(known) > 90
    assert sorted(named) == sorted(known | UNTAGGED)


def test_every_variable_that_the_document_names_is_one_of_ours() -> None:
    ours = {variable.name for _, variable in variables(ProxySettings)}
    assert set(re.findall("GOMOD_[A-Z_]+", DOCUMENT)) <= ours


def test_every_variable_has_an_answer() -> None:
    assert all(row[1].strip() for row in rows("Variables"))


def test_every_filter_line_has_a_translation_that_the_policy_takes() -> None:
    for _, ours, *_ in rows("Filter lines"):
        parse_policy(code(ours).encode())


def test_lines_that_are_written_otherwise_here_say_so() -> None:
    for theirs, ours, difference in rows("Filter lines"):
        try:
            same = parse_policy(code(theirs).encode()) == parse_policy(code(ours).encode())
        except SettingsError:
            same = False
        assert same or code(theirs) != code(ours)
        assert code(theirs) == code(ours) or difference.strip() or "*" in theirs
