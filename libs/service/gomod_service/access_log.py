"""The access log's lines, written by hand: by structlog one would cost as much as all the rest of a quick answer."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from functools import lru_cache

import structlog

from gomod_service.redaction import without_secrets
from gomod_service.settings import LogFormat, LogLevel

_LOGGER = "gomod_service.observability"

Line = Callable[[float, int, str, str], None]
"""Writes the line of one request: the seconds that it took, bytes of the body, the client's address, the request id."""

AccessLog = Callable[[Mapping[str, object]], Line]
"""Makes ready the line of an answer, which may be given again: `facts` are what all its requests have in common."""

log = structlog.get_logger(_LOGGER)
_quoted = json.encoder.encode_basestring_ascii


def access_log(level: LogLevel, form: LogFormat) -> AccessLog:
    """Lines like all others in the log that `configure_logging` sets up for this level and form."""
    if level not in ("debug", "info"):
        return lambda _: _nothing
    return _json_line if form == "json" else _line


def _nothing(seconds: float, size: int, client: str, request_id: str) -> None:
    """This log has only what is worse than information."""


def _line(facts: Mapping[str, object]) -> Line:
    def write(seconds: float, size: int, client: str, request_id: str) -> None:
        log.info("request", **facts, bytes=size, ms=round(seconds * 1000, 2), client=client, request_id=request_id)

    return write


def _json_line(facts: Mapping[str, object]) -> Line:
    begin = without_secrets(json.dumps({**facts, "event": "request", "level": "info", "logger": _LOGGER})[:-1])

    def write(seconds: float, size: int, client: str, request_id: str) -> None:
        now = time.time()
        sys.stderr.write(
            f'{begin}, "bytes": {size}, "ms": {seconds * 1000:.2f}, "client": {_quoted(client)}, '
            f'"request_id": "{request_id}", "timestamp": "{_second(int(now))}.{int(now % 1 * 1_000_000):06d}Z"}}\n'
        )

    return write


@lru_cache(maxsize=1)
def _second(now: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
