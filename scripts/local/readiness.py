"""Waiting until a service says that it is ready."""

import http.client
import time
from collections.abc import Callable

from scripts.local.ports import split_bind

_PAUSE = 0.05  # seconds between two questions


class NotReadyError(Exception):
    """The service, or one that it needs, ended; or it did not become ready in time."""


def wait_until_ready(name: str, bind: str, *, running: Callable[[], bool], seconds: float) -> None:
    """Return once `GET /readyz` at `bind` answers 200. Raises NotReadyError with the last answer seen."""
    deadline = time.monotonic() + seconds
    while True:
        seen = _ask(bind)
        if seen == "":
            return
        if not running():
            raise NotReadyError(f"{name} can't become ready: a process ended; what it said stands above")
        if time.monotonic() > deadline:
            raise NotReadyError(f"{name} was not ready after {seconds:g} s: {seen}")
        time.sleep(_PAUSE)


def _ask(bind: str) -> str:
    """Empty when ready, else what is wrong."""
    connection = http.client.HTTPConnection(*split_bind(bind), timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(500).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    return "" if answer.status == 200 else f"{answer.status} {body}"
