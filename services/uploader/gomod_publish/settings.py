"""What the environment says: where to publish, and by what right. Nothing has a default."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gomod.errors import RegistryError

REGISTRY_URL = "GO_REGISTRY_URL"
REGISTRY_TOKEN = "GO_REGISTRY_TOKEN"
MODULE_PATH = "GO_MODULE_PATH"


class SettingsError(RegistryError):
    """Environment variables that are missing or wrong: all of them, in one message."""


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """The registry to publish to."""

    url: str  # without a trailing slash
    token: str

    def __repr__(self) -> str:
        return f"RegistrySettings(url={self.url!r}, token=…)"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "RegistrySettings":
        """Raises SettingsError, naming every variable that is missing or wrong."""
        url = environment.get(REGISTRY_URL, "")
        token = environment.get(REGISTRY_TOKEN, "")
        problems = [f"{name} is not set" for name, value in ((REGISTRY_URL, url), (REGISTRY_TOKEN, token)) if not value]
        if url and not _is_base_url(url):
            problems.append(f"{REGISTRY_URL} is {url!r}, expected http://host or https://host")
        if token and not (token.isascii() and token.isprintable() and " " not in token):
            problems.append(f"{REGISTRY_TOKEN} has characters that no token has: is there a line break in it?")
        if problems:
            raise SettingsError("; ".join(problems))
        return cls(url.rstrip("/"), token)


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            and not (parts.query or parts.fragment or parts.username)
        )  # fmt: skip
    except ValueError:
        return False  # a port that is no number, a bracket too many


def check_module_path(environment: Mapping[str, str], paths: Iterable[str]) -> None:
    """Raise SettingsError when GO_MODULE_PATH is set and is not the module about to be published.

    It is a belt for jobs that publish one module each, with the path from their own configuration: a checkout of
    something else is not published. So it must name every module of a run; leave it unset to publish several.
    """
    expected = environment.get(MODULE_PATH, "")
    others = [path for path in paths if path != expected]
    if expected and others:
        raise SettingsError(
            f"{MODULE_PATH} is {expected!r}, but go.mod says {', '.join(others)}:"
            f" publish one module at a time, each with its own {MODULE_PATH}, or unset it"
        )
