"""The one table that turns our errors into HTTP; nothing else knows a status code for them."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ExceptionHandler
from structlog.contextvars import bind_contextvars

from gomod import errors

STATUSES: Mapping[type[errors.RegistryError], HTTPStatus] = {
    errors.Malformed: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.AlreadyExists: HTTPStatus.CONFLICT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    errors.UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.InvalidModule: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UpstreamError: HTTPStatus.BAD_GATEWAY,
    errors.UpstreamTimeout: HTTPStatus.GATEWAY_TIMEOUT,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreFull: HTTPStatus.INSUFFICIENT_STORAGE,
}

_RETRY_AFTER_SECONDS = "5"
_BEARER = 'Bearer realm="gomod-registry"'
_BASIC_OR_BEARER = f'Basic realm="gomod-registry", {_BEARER}'  # a netrc file makes go send Basic


def status_of(error: errors.RegistryError) -> HTTPStatus:
    """The status of the nearest class in the error's family; a RegistryError of no family is our own fault."""
    for family in type(error).__mro__:
        if family in STATUSES:
            return STATUSES[family]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def headers_of(status: int) -> dict[str, str]:
    """What goes with an error of that status: never cached, and when or how to try again."""
    headers = {"cache-control": "no-store"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = _RETRY_AFTER_SECONDS
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = _BEARER
    return headers


def one_line(text: str) -> str:
    """The text as the go command will print it: it hides a whole message over one unprintable character."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


async def _registry_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.RegistryError)  # Starlette looked it up by this class
    status = status_of(error)
    headers = headers_of(status)
    if isinstance(error, errors.UnknownReader):
        headers["www-authenticate"] = _BASIC_OR_BEARER
    bind_contextvars(error=str(error))
    return PlainTextResponse(one_line(str(error)) + "\n", status, headers)


async def _routing_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # Starlette looked it up by this class
    headers = headers_of(error.status_code) | dict(error.headers or {})
    return PlainTextResponse(one_line(error.detail) + "\n", error.status_code, headers)


async def _bug(_: Request, error: Exception) -> Response:
    bind_contextvars(error=repr(error))
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return PlainTextResponse("a bug in the registry; its log tells more\n", status, headers_of(status))


exception_handlers: Mapping[type[Exception], ExceptionHandler] = {
    errors.RegistryError: _registry_error,
    HTTPException: _routing_error,
    Exception: _bug,
}
"""For Starlette(exception_handlers=…): plain text, one line that go can print."""
