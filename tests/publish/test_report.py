"""Lines for people: what they look like with and without a terminal."""

import pytest

from gomod_publish.report import Report


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
