"""What the environment says: where to publish, and by what right. Nothing has a default."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gomod.errors import RegistryError
from gomod_publish.credentials import ActionsIdentity, Credential, GivenToken, TokenFile, is_token

REGISTRY_URL = "GO_REGISTRY_URL"
TOKEN = "GO_REGISTRY_TOKEN"
TOKEN_FILE = "GO_REGISTRY_TOKEN_FILE"
AUDIENCE = "GO_REGISTRY_OIDC_AUDIENCE"
MODULE_PATH = "GO_MODULE_PATH"

# Set by GitHub in jobs that have `permissions: id-token: write`.
_ACTIONS_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
_ACTIONS_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"


class SettingsError(RegistryError):
    """Environment variables that are missing or wrong: all of them, in one message."""


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """The registry to publish to, and by what right."""

    url: str  # without a trailing slash
    credential: Credential

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "RegistrySettings":
        """Raises SettingsError, naming every variable that is missing or wrong."""
        problems = []
        url = environment.get(REGISTRY_URL, "")
        if not url:
            problems.append(f"{REGISTRY_URL} is not set")
        elif not _is_base_url(url):
            problems.append(f"{REGISTRY_URL} is {url!r}, expected http://host or https://host")
        try:
            credential = _read_credential(environment)
        except SettingsError as error:
            problems.append(str(error))
        if problems:
            raise SettingsError("; ".join(problems))
        return cls(url.rstrip("/"), credential)


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


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            and not (parts.query or parts.fragment or parts.username)
        )  # fmt: skip
    except ValueError:
        return False  # a port that is no number, a bracket too many
