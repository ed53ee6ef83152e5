"""Log lines: one form for ours and for the libraries', and never a secret from a traceback."""

import json
import logging
from typing import get_args

import pytest
import structlog

from gomod_service.logs import configure_logging
from gomod_service.settings import LogFormat
from gomod_service.tokens import new_secret


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


JWT = "eyJhbGciOiJFUzI1NiJ9." + "eyJpc3MiOiJ4In0." + "c2lnbmF0dXJl"


@pytest.mark.parametrize("form", get_args(LogFormat))
@pytest.mark.parametrize("secret", [new_secret(), JWT], ids=["ours", "JWT"])
def test_a_token_is_left_out_of_whatever_is_said(
    form: LogFormat, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("info", form)
    structlog.get_logger("ours").info("request", path=f"/{secret}/x", error=f"no version {secret!r}")
    logging.getLogger("a.library").warning("GET /?token=%s", secret)
    try:
        raise ValueError(secret)
    except ValueError:
        logging.getLogger("a.library").exception("it crashed")
    printed = capsys.readouterr().err
    assert secret not in printed
    assert printed.count("[a token]") >= 4
    assert "/[a token]/x" in printed


def test_what_only_begins_like_a_token_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    structlog.get_logger("gomod_service.observability").info("eyJ.a.b", path="/go.corp.example/gomod_registry-v1.2.3")
    assert json.loads(capsys.readouterr().err) | {"timestamp": ""} == {
        "event": "eyJ.a.b",
        "path": "/go.corp.example/gomod_registry-v1.2.3",
        "level": "info",
        "logger": "gomod_service.observability",
        "timestamp": "",
    }


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
