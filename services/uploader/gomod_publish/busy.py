"""Answers that say nothing of what was asked: somebody is busy or slow just now, and the same may be asked again."""

from http import HTTPStatus

import httpx

_STATUSES = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


def is_busy(response: httpx.Response) -> bool:
    """Whether the same request may succeed in a moment."""
    return response.status_code in _STATUSES


def asked_pause(response: httpx.Response) -> float:
    """The seconds that Retry-After asks for; 0 when it asks for none, or for a date."""
    after = response.headers.get("Retry-After", "")
    return float(after) if after.isascii() and after.isdigit() else 0.0
