"""The access log's lines are written by hand, and nobody who reads the log can tell."""

import json
import re

import pytest
import structlog

from gomod_service.access_log import access_log
from gomod_service.logs import configure_logging
from gomod_service.settings import LogLevel
from gomod_service.tokens import new_secret

FACTS: dict[str, object] = {
    "method": "GET",
    "path": '/a.b/"c"\n\u00e9',
    "status": 404,
    "cache": "MISS",
    "error": "no such",
}


def test_a_line_in_json_is_what_structlog_would_have_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    structlog.get_logger("gomod_service.observability").info(
        "request", **FACTS, bytes=5, ms=12.35, client="127.0.0.1", request_id="run-17"
    )
    access_log("info", "json")(FACTS)(0.01235, 5, "127.0.0.1", "run-17")
    by_structlog, by_hand = map(json.loads, capsys.readouterr().err.splitlines())
    times = [line.pop("timestamp") for line in (by_structlog, by_hand)]
    assert by_hand == by_structlog
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time) for time in times)


def test_a_line_for_people_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "console")
    access_log("info", "console")(FACTS)(0.01235, 5, "127.0.0.1", "run-17")
    said = capsys.readouterr().err
    assert all(part in said for part in ("request", "status=404", "bytes=5", "ms=12.35", "request_id=run-17"))


@pytest.mark.parametrize("level", ["warning", "error"])
def test_a_log_of_what_is_worse_has_no_such_lines(capsys: pytest.CaptureFixture[str], level: LogLevel) -> None:
    access_log(level, "json")(FACTS)(0.01, 5, "127.0.0.1", "run-17")
    assert capsys.readouterr().err == ""


def test_no_token_gets_into_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    secret = new_secret()
    access_log("info", "json")(FACTS | {"path": f"/{secret}/x", "error": f"no {secret}"})(
        0.01, 5, "127.0.0.1", "run-17"
    )
    line = json.loads(capsys.readouterr().err)
    assert (line["path"], line["error"]) == ("/[a token]/x", "no [a token]")
