"""Log lines: one form for ours and for the libraries', and never a secret from a traceback."""

import json
import logging
from collections.abc import Iterator
from typing import get_args

import pytest
import structlog

from gomod_service.logs import configure_logging
from gomod_service.settings import LogFormat


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def crash(token: str) -> None:
    raise ZeroDivisionError(len(token))


@pytest.mark.parametrize("form", get_args(LogFormat))
def test_a_traceback_shows_no_local_variable(form: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", form)
    try:
        crash("gomod_" + "secret")
    except ZeroDivisionError:
        logging.getLogger("a.library").exception("it crashed")
    printed = capsys.readouterr().err
    assert "ZeroDivisionError" in printed
    assert "gomod_secret" not in printed


def test_a_librarys_line_and_ours_have_the_same_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    structlog.get_logger("ours").info("committed", module="a.b/c")
    logging.getLogger("a.library").warning("hello %s", "you")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["module"], ours["level"], ours["logger"]) == ("committed", "a.b/c", "info", "ours")
    assert (theirs["event"], theirs["level"]) == ("hello you", "warning")
    assert ours.keys() - {"module"} == theirs.keys()


def test_lines_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning", "json")
    structlog.get_logger("ours").info("quiet")
    logging.getLogger("a.library").info("quiet")
    assert capsys.readouterr().err == ""
