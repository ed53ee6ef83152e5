"""Where traces of requests go: nowhere, at no cost and with nothing loaded, unless a collector is named."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from starlette.types import ASGIApp

from gomod_service.settings import SettingsError


class Traces(Protocol):
    """Makes a trace of each request: a span for the request itself, and one for each operation that it causes."""

    def of_requests(self, app: ASGIApp) -> ASGIApp:
        """The application, with a span around each of its requests."""
        ...

    def span(self, name: str, subject: str) -> AbstractContextManager[None]:
        """A span, while the context lasts, of the trace that this task works for."""
        ...

    def close(self) -> None:
        """Send what is waiting to be sent; blocks for some seconds when nobody takes it."""
        ...


class NoTraces:
    """What stands there when no collector is named."""

    def of_requests(self, app: ASGIApp) -> ASGIApp:
        return app

    def span(self, name: str, subject: str) -> AbstractContextManager[None]:  # noqa: ARG002 - the Protocol's names
        return nullcontext()

    def close(self) -> None:
        """There is nothing to send."""


def open_traces(url: str, share: float, service: str) -> Traces:
    """Traces for the collector at `url` (OTLP over HTTP), none when it is empty. Raises SettingsError.

    `share`, from 0 to 1, is of how many requests one is made, unless whoever sends a request has decided already.
    """
    if not url:
        return NoTraces()
    try:
        # Only here: its packages are many, and most installations have none of them.
        from gomod_service.otlp import OtlpTraces
    except ImportError as error:
        raise SettingsError(
            f"GOMOD_TRACES_URL is set, but traces are not installed ({error}): pip install 'gomod-registry[traces]'"
        ) from error
    return OtlpTraces(url, share, service)
