"""The right to publish: a token that is given, lies in a file, or is fetched for the job that runs here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from gomod_publish.busy import asked_pause, is_busy
from gomod_publish.errors import NoToken, TryAgain

_TIMEOUT_SECONDS = 30.0


def is_token(text: str) -> bool:
    """Whether a header can carry it as a bearer token."""
    return text.isascii() and text.isprintable() and text != "" and " " not in text


class Credential(Protocol):
    """Something that yields a bearer token whenever one is sent."""

    def token(self) -> str:
        """A token that is good now. Raises NoToken, and TryAgain when it may be had in a moment."""
        ...


@dataclass(frozen=True, slots=True)
class GivenToken:
    """A token from the environment."""

    value: str = field(repr=False)

    def token(self) -> str:
        """The token."""
        return self.value


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A file with a token, read whenever it is needed: Kubernetes renews a projected one while we run."""

    path: Path

    def token(self) -> str:
        """What the file holds now, without the line break at its end."""
        try:
            text = self.path.read_text("utf-8", "replace")
        except OSError as error:
            raise NoToken(f"no token in {self.path}: {error.strerror}") from error
        return _usable(text.strip(), str(self.path))


@dataclass(frozen=True, slots=True)
class ActionsIdentity:
    """The identity of a GitHub Actions job (`permissions: id-token: write`), asked for anew: it lives for minutes."""

    request_url: str
    request_token: str = field(repr=False)
    audience: str

    def token(self) -> str:
        """A JWT for the audience."""
        try:
            response = httpx.get(
                httpx.URL(self.request_url).copy_merge_params({"audience": self.audience}),
                headers={"Authorization": f"Bearer {self.request_token}"},
                timeout=_TIMEOUT_SECONDS,
            )
        except httpx.RequestError as error:
            raise TryAgain(f"the job's identity can't be asked for: {error or type(error).__name__}") from error
        if response.is_server_error or is_busy(response):
            raise TryAgain(
                f"the job's identity was not given: {response.status_code}", after_seconds=asked_pause(response)
            )
        try:
            value = response.raise_for_status().json()["value"]
        except (httpx.HTTPStatusError, ValueError, KeyError, TypeError) as error:
            raise NoToken(
                f"the job was refused its identity: {response.status_code} {response.reason_phrase}"
            ) from error
        return _usable(str(value), "the job's identity")


def _usable(text: str, where: str) -> str:
    if not is_token(text):
        raise NoToken(f"no token in {where}: what is there is empty, or has characters that no token has")
    return text
