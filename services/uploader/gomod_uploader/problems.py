"""Errors as problem documents (RFC 9457): one readable line in `detail`, a stable `code`, every broken rule listed."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ExceptionHandler
from structlog.contextvars import bind_contextvars

from gomod.errors import AlreadyExists, InvalidModule, RegistryError
from gomod_service.http_errors import headers_of, one_line, status_of


class ProblemResponse(Response):
    """`application/problem+json`, written for eyes as well: a member a line."""

    media_type = "application/problem+json"

    def __init__(self, status: int, code: str, detail: str, **members: object) -> None:
        problem = {
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "detail": one_line(detail),
            **members,
        }
        text = json.dumps(problem, ensure_ascii=False, indent=2)
        # A lone surrogate in a message (a path that is not UTF-8) must not turn a refusal into a crash.
        super().__init__(text.encode("utf-8", "backslashreplace") + b"\n", status, headers_of(status))


def code_of(error: RegistryError) -> str:
    """The stable code of an error that has no list of violations: its class's name, like `already-exists`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()


async def _registry_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RegistryError)  # Starlette looked it up by this class
    bind_contextvars(error=str(error))
    return ProblemResponse(status_of(error), code_of(error), str(error), **_members(error))


def _members(error: RegistryError) -> dict[str, object]:
    if isinstance(error, InvalidModule):
        return {"violations": [{"code": each.code, "message": one_line(each.message)} for each in error.violations]}
    if isinstance(error, AlreadyExists):
        return {"stored_h1": error.stored_h1, "offered_h1": error.offered_h1}
    return {}


async def _routing_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # Starlette looked it up by this class
    response = ProblemResponse(
        error.status_code, HTTPStatus(error.status_code).name.lower().replace("_", "-"), error.detail
    )
    response.headers.update(error.headers or {})
    return response


async def _client_gone(_: Request, __: Exception) -> Response:
    bind_contextvars(error="the client left before its upload was complete")
    return Response(status_code=HTTPStatus.BAD_REQUEST)  # for the log: nobody is there to read it


async def _bug(_: Request, error: Exception) -> Response:
    bind_contextvars(error=repr(error))
    return ProblemResponse(HTTPStatus.INTERNAL_SERVER_ERROR, "bug", "a bug in the registry; its log tells more")


exception_handlers: Mapping[type[Exception], ExceptionHandler] = {
    RegistryError: _registry_error,
    HTTPException: _routing_error,
    ClientDisconnect: _client_gone,
    Exception: _bug,
}
"""For Starlette(exception_handlers=…)."""
