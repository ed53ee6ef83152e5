"""Lines for people: what they look like with and without a terminal."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gomod_publish.report import Report
from gomod_publish.smoke.checklist import PAGE, Result, Section
from gomod_publish.smoke.junit import write_junit
from scripts.deploy import ROOT


def test_without_a_terminal_sending_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Report(as_json=False).sending("a.b/c@v1.0.0", 2000) as on_sent:
        on_sent(1000)
        on_sent(2000)
    assert capsys.readouterr().out == "sending a.b/c@v1.0.0, 2000 bytes\n"


def test_on_a_terminal_sending_shows_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    with Report(as_json=False).sending("a.b/c@v1.0.0", 2000) as on_sent:
        on_sent(1000)
    shown = capsys.readouterr().out
    assert "1.0/2.0 kB" in shown
    assert "\x1b[" in shown


def test_long_lines_are_not_folded(capsys: pytest.CaptureFixture[str]) -> None:
    Report(as_json=True).say("long " * 100)
    assert capsys.readouterr() == ("", "long " * 100 + "\n")


RESULTS = [
    Result("health: proxy", Section.HEALTH, True, "gomod-proxy 1.2.3 is ready", 0.01),
    Result("consumer: a.b/c@v1.0.0", Section.CONSUMER, False, "go build: [red]\nx.go:1: no", 2.5),
]


def test_without_a_terminal_each_check_is_a_line_that_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert Report(as_json=False).checked(iter(RESULTS)) == RESULTS
    assert capsys.readouterr().out.splitlines() == [
        "ok    health: proxy  gomod-proxy 1.2.3 is ready  (0.01 s)",
        "FAIL  consumer: a.b/c@v1.0.0  go build: [red]",
        "x.go:1: no  (2.50 s)",
        "      what to do: docs/publishing.md#a-consumer-does-not-build-or-run",
    ]


def test_on_a_terminal_the_checks_are_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setenv("TERM", "xterm")
    Report(as_json=False).checked(iter(RESULTS))
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().out)
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in shown.splitlines() if "│" in line]
    assert rows[0] == ["ok", "health: proxy", "gomod-proxy 1.2.3 is ready", "0.01"]
    assert rows[1:] == [
        ["FAIL", "consumer: a.b/c@v1.0.0", "go build: [red]", "2.50"],
        ["", "", "x.go:1: no", ""],
        ["", "", "what to do: docs/publishing.md#a-consumer-does-not-build-or-run", ""],
    ]


def test_a_narrow_table_cuts_nothing_off(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    version = "v1.2.4-0.20261123100000-0123456789ab"
    Report(as_json=False).checked([Result(f"list: a.b/c@{version}", Section.SERVED, True, "fine", 0.1)])
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().out)
    cells = [line.split("│")[2].strip() for line in shown.splitlines() if "│" in line]
    assert "".join(cells).replace(" ", "") == f"list:a.b/c@{version}"


def test_the_junit_file_says_what_failed_whatever_a_program_printed(tmp_path: Path) -> None:
    odd = replace(RESULTS[1], said="go: \x00\x1b[31m<&>\ud800 \U0001f4a5")
    write_junit([RESULTS[0], odd], tmp_path / "smoke.xml")
    suite = ElementTree.parse(tmp_path / "smoke.xml").getroot()
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
    }
    good, bad = suite
    assert (good.get("name"), good.find("failure")) == ("health: proxy", None)
    failure = bad.find("failure")
    assert failure is not None
    assert failure.text == (
        "go: \ufffd\ufffd[31m<&>\ufffd \U0001f4a5\nwhat to do: docs/publishing.md#a-consumer-does-not-build-or-run"
    )


def test_each_section_that_a_failure_names_stands_in_the_documentation() -> None:
    headings = re.findall(r"^### (.+)$", (ROOT / PAGE).read_text(), re.MULTILINE)
    assert {str(section) for section in Section} <= set(headings)
    assert "The state has drifted" in headings
