"""docs/migrating-from-athens.md is whole: every variable of the real Athens, every form of a filter line."""

import re
from pathlib import Path

import pytest

from gomod.layout import file_name
from gomod.module import ModuleVersion
from gomod_proxy.policy import parse_policy
from gomod_proxy.settings import ProxySettings
from gomod_service.settings import SettingsError, variables
from scripts.deploy import ROOT
from tests.admin.athens import running_athens

DOCUMENT = (ROOT / "docs" / "migrating-from-athens.md").read_text()
UNTAGGED = {"ATHENS_TIMEOUT", "PORT"}  # Athens derives the one from a field's name, and reads the other by hand

needs_athens = pytest.mark.may_skip(
    reason="Athens is built from its source, which a machine without a mirror can't get"
)

VERSIONS = [
    "v0.9.0",
    "v1.0.0",
    "v1.2.2",
    "v1.2.3",
    "v1.2.4",
    "v1.2.30",
    "v1.2.4-rc.1",
    "v1.3.0",
    "v1.20.0",
    "v2.0.1+incompatible",
    "v2.1.0+incompatible",
    "v10.0.0+incompatible",
]

_ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [re.split(r" ?\| ?", row) for row in _ROW.findall(section)][1:]


def code(cell: str) -> str:
    match = re.fullmatch("`(.*)`", cell)
    assert match, cell
    return match[1]


@needs_athens
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


@needs_athens
def test_a_translated_line_refuses_what_it_refused_in_athens_or_says_where_not(athens: Path, tmp_path: Path) -> None:
    lines = [row for row in rows("Filter lines") if "github.com/a" in row[0]]
    assert len(lines) > 10
    file = tmp_path / "filter"
    file.write_text("".join(code(theirs).replace("/a", f"/a{n}") + "\n" for n, (theirs, _, _) in enumerate(lines)))
    settings = {"ATHENS_FILTER_FILE": str(file), "ATHENS_NETWORK_MODE": "offline", "ATHENS_DOWNLOAD_MODE": "none"}
    root = tmp_path / "volume"
    root.mkdir()
    differing: set[str] = set()
    with running_athens(athens, root, tmp_path / "home", "off", **settings) as client:
        for number, (theirs, ours, _) in enumerate(lines):
            policy = parse_policy(code(ours).replace("/a", f"/a{number}").encode())
            for version in VERSIONS:
                module = ModuleVersion(f"github.com/a{number}", version)
                refused = client.get(f"/{file_name(module, 'info')}").status_code == 403
                if refused != (policy.refusal(module.path, version) is not None):
                    differing.add(code(theirs))
    assert differing <= {code(theirs) for theirs, _, difference in lines if difference}
    # What the document says of Athens is true of it.
    assert differing >= {"- github.com/a v1.2.3", "- github.com/a ~v1.2.3", "- github.com/a ~1.2.3"}
    assert "- github.com/a <v1.2.3" not in differing
