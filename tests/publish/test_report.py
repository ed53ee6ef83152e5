"""Lines for people: what they look like with and without a terminal."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gomod_publish.report import Report
from gomod_publish.smoke.checklist import PAGE, Result, Section
from gomod_publish.smoke.junit import write_junit
from scripts.deploy import ROOT
from tests.publish.terminal import Terminal, terminal

RESULTS = [
    Result("health: proxy", Section.HEALTH, True, "gomod-proxy 1.2.3 is ready", 0.01),
    Result("consumer: a.b/c@v1.0.0", Section.CONSUMER, False, "go build: [red]\nx.go:1: no", 2.5),
]


@contextmanager
def on_terminal(monkeypatch: pytest.MonkeyPatch, *, columns: int = 80, **variables: str) -> Iterator[Terminal]:
    """Standard output is a terminal; read it when the context has ended."""
    for name, value in {"TERM": "xterm", "COLUMNS": str(columns), **variables}.items():
        monkeypatch.setenv(name, value)
    with terminal(columns) as screen, monkeypatch.context() as patched, os.fdopen(os.dup(screen.fd), "w") as stream:
        patched.setattr(sys, "stdout", stream)
        yield screen


def test_without_a_terminal_sending_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Report(as_json=False).sending("a.b/c@v1.0.0", 2000) as on_sent:
        on_sent(1000)
        on_sent(2000)
    assert capsys.readouterr().out == "sending a.b/c@v1.0.0, 2000 bytes\n"


def test_on_a_terminal_sending_shows_how_far_it_is_beside_a_name_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "go.packages.dev.example.test/a-module@v0.0.0-20261128105511-353bce36501a"  # nearly a line
    with on_terminal(monkeypatch) as screen, Report(as_json=False).sending(name, 2000) as on_sent:
        on_sent(1000)
    assert f"sending {name}, 2000 bytes\n" in screen.shown
    assert re.search(r"━+ +1\.0/2\.0 kB", screen.shown)


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE"])
def test_nothing_but_a_terminal_gets_colours_and_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")  # as many CI systems set it for all of their jobs
    monkeypatch.setenv("TERM", "xterm-256color")
    report = Report(as_json=False)
    with report.sending("a.b/c@v1.0.0", 2000) as on_sent:
        on_sent(2000)
    report.checked(iter(RESULTS))
    printed = capsys.readouterr().out
    assert printed.splitlines()[:2] == [
        "sending a.b/c@v1.0.0, 2000 bytes",
        "ok    health: proxy  gomod-proxy 1.2.3 is ready  (0.01 s)",
    ]
    assert "\x1b" not in printed


def test_a_terminal_that_can_do_nothing_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    with on_terminal(monkeypatch, TERM="dumb") as screen:
        report = Report(as_json=False)
        with report.sending("a.b/c@v1.0.0", 2000) as on_sent:
            on_sent(2000)
        report.checked(iter(RESULTS[:1]))
    assert screen.written.splitlines() == [
        "sending a.b/c@v1.0.0, 2000 bytes",
        "ok    health: proxy  gomod-proxy 1.2.3 is ready  (0.01 s)",
    ]


def test_without_colours_where_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    with on_terminal(monkeypatch, NO_COLOR="1") as screen:
        Report(as_json=False).checked(iter(RESULTS))
    assert "│ FAIL │" in screen.shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", screen.written)


def test_long_lines_are_not_folded(capsys: pytest.CaptureFixture[str]) -> None:
    Report(as_json=True).say("long " * 100)
    assert capsys.readouterr() == ("", "long " * 100 + "\n")


def test_without_a_terminal_each_check_is_a_line_that_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert Report(as_json=False).checked(iter(RESULTS)) == RESULTS
    assert capsys.readouterr().out.splitlines() == [
        "ok    health: proxy  gomod-proxy 1.2.3 is ready  (0.01 s)",
        "FAIL  consumer: a.b/c@v1.0.0  go build: [red]",
        "x.go:1: no  (2.50 s)",
        "      what to do: docs/publishing.md#a-consumer-does-not-build-or-run",
    ]


def test_on_a_terminal_the_checks_are_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    with on_terminal(monkeypatch, columns=140) as screen:
        Report(as_json=False).checked(iter(RESULTS))
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in screen.shown.splitlines() if "│" in line]
    assert rows[0] == ["ok", "health: proxy", "gomod-proxy 1.2.3 is ready", "0.01"]
    assert rows[1:] == [
        ["FAIL", "consumer: a.b/c@v1.0.0", "go build: [red]", "2.50"],
        ["", "", "x.go:1: no", ""],
        ["", "", "what to do: docs/publishing.md#a-consumer-does-not-build-or-run", ""],
    ]
    assert "\x1b[1;31mFAIL" in screen.written


def test_a_narrow_table_cuts_nothing_off(monkeypatch: pytest.MonkeyPatch) -> None:
    version = "v1.2.4-0.20261123100000-0123456789ab"
    with on_terminal(monkeypatch, columns=60) as screen:
        Report(as_json=False).checked([Result(f"list: a.b/c@{version}", Section.SERVED, True, "fine", 0.1)])
    cells = [line.split("│")[2].strip() for line in screen.shown.splitlines() if "│" in line]
    assert "".join(cells).replace(" ", "") == f"list:a.b/c@{version}"


def test_the_junit_file_says_what_failed_whatever_a_program_printed(tmp_path: Path) -> None:
    odd = replace(RESULTS[1], said="go: \x00\x1b[31m<&>\ud800 \U0001f4a5")
    write_junit([RESULTS[0], odd], tmp_path / "reports" / "smoke.xml")
    suite = ElementTree.parse(tmp_path / "reports" / "smoke.xml").getroot()
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
