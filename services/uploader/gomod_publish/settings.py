"""What the environment says: where to publish, and by what right. Nothing has a default."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from gomod.errors import RegistryError
from gomod_publish.credentials import ActionsIdentity, Credential, GivenToken, TokenFile, is_token

REGISTRY_URL = "GO_REGISTRY_URL"
TOKEN = "GO_REGISTRY_TOKEN"
TOKEN_FILE = "GO_REGISTRY_TOKEN_FILE"
AUDIENCE = "GO_REGISTRY_OIDC_AUDIENCE"
MODULE_PATH = "GO_MODULE_PATH"

_First = TypeVar("_First")
_Second = TypeVar("_Second")

# Set by GitHub in jobs that have `permissions: id-token: write`.
_ACTIONS_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
_ACTIONS_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"


class SettingsError(RegistryError):
    """Environment variables that are missing or wrong: all of them, in one message."""


class Problems:
    """Everything that is missing or wrong, wherever it is noticed, for one message."""

    def __init__(self) -> None:
        self._problems: list[str] = []

    def add(self, problem: str) -> None:
        """One more."""
        self._problems.append(problem)

    @contextmanager
    def caught(self) -> Iterator[None]:
        """What is wrong inside is put down; `raise_any` tells it."""
        try:
            yield
        except SettingsError as error:
            self.add(str(error))

    def raise_any(self) -> None:
        """Raise SettingsError when there is a problem."""
        if self._problems:
            raise SettingsError("; ".join(self._problems))


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """The registry to publish to, and by what right."""

    url: str  # without a trailing slash
    credential: Credential

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "RegistrySettings":
        """Raises SettingsError, naming every variable that is missing or wrong."""
        problems = Problems()
        with problems.caught():
            url = read_url(environment)
        with problems.caught():
            credential = _read_credential(environment)
        problems.raise_any()
        return cls(url, credential)


def read_all(
    environment: Mapping[str, str],
    first: Callable[[Mapping[str, str]], _First],
    second: Callable[[Mapping[str, str]], _Second],
) -> tuple[_First, _Second]:
    """What both read. Raises SettingsError with all that either of them finds missing or wrong."""
    problems = Problems()
    with problems.caught():
        one = first(environment)
    with problems.caught():
        two = second(environment)
    problems.raise_any()
    return one, two


def read_url(environment: Mapping[str, str], name: str = REGISTRY_URL) -> str:
    """The base URL that a variable holds, without a trailing slash. Raises SettingsError, which shows no password.

    A URL stands in log lines, in receipts and in the state. So it may carry no user, no password and no query; and
    because a password may have any character, whatever has an @ or a ? is taken for one that has a secret.
    """
    url = environment.get(name, "")
    if not url:
        raise SettingsError(f"{name} is not set")
    if "@" in url or "?" in url:
        raise SettingsError(
            f"{name} has an @ or a ? in it, so perhaps a secret, and is not shown: give the URL alone, like https://host;"
            f" the token to publish with comes from {TOKEN}, the password to read with from netrc"
        )
    if not _is_base_url(url):
        raise SettingsError(f"{name} is {url!r}, expected http://host or https://host")
    return url.rstrip("/")


def _read_credential(environment: Mapping[str, str]) -> Credential:
    sources = [name for name in (TOKEN, TOKEN_FILE, AUDIENCE) if environment.get(name)]
    if not sources:
        raise SettingsError(f"{TOKEN} is not set (nor {TOKEN_FILE}, nor {AUDIENCE})")
    if len(sources) > 1:
        raise SettingsError(f"{' and '.join(sources)} are set: say once where the token comes from")
    if sources == [TOKEN_FILE]:
        return TokenFile(Path(environment[TOKEN_FILE]))
    if sources == [AUDIENCE]:
        return _read_actions_identity(environment)
    if not is_token(environment[TOKEN]):
        raise SettingsError(f"{TOKEN} has characters that no token has: is there a line break in it?")
    return GivenToken(environment[TOKEN])


def _read_actions_identity(environment: Mapping[str, str]) -> ActionsIdentity:
    missing = [f"{name} is not set" for name in (_ACTIONS_URL, _ACTIONS_TOKEN) if not environment.get(name)]
    if missing:
        raise SettingsError(
            f"{'; '.join(missing)}: {AUDIENCE} is for GitHub jobs with `permissions: id-token: write`;"
            f" elsewhere the token comes from {TOKEN} or {TOKEN_FILE}"
        )
    return ActionsIdentity(environment[_ACTIONS_URL], environment[_ACTIONS_TOKEN], environment[AUDIENCE])


def check_module_path(environment: Mapping[str, str], paths: Iterable[str]) -> None:
    """Raise SettingsError when GO_MODULE_PATH is set and a module that is about to be published is not in it.

    It is a belt for jobs that know what they publish, from their own configuration: a checkout of something else is not
    published. It names one module, or several with commas between them.
    """
    expected = split_paths([environment.get(MODULE_PATH, "")])
    others = [path for path in paths if path not in expected]
    if expected and others:
        raise SettingsError(
            f"{MODULE_PATH} is {environment[MODULE_PATH]!r}, but go.mod says {', '.join(others)}: is this the right"
            f" checkout? To publish several modules in one run, name all of them in {MODULE_PATH}, or unset it"
        )


def split_paths(texts: Iterable[str]) -> list[str]:
    """The module paths in texts that may each hold several, with commas between them."""
    return [path.strip() for text in texts for path in text.split(",") if path.strip()]


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.fragment
    except ValueError:
        return False  # a port that is no number, a bracket too many
