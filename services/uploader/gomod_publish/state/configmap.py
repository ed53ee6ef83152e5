"""The state in a ConfigMap, through the Kubernetes API: a module's key is ours alone, every other key is left alone."""

import hashlib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx

from gomod.errors import Malformed, NotFound
from gomod_publish.answers import said
from gomod_publish.busy import asked_pause, is_busy
from gomod_publish.credentials import TokenFile
from gomod_publish.errors import Refused, TryAgain
from gomod_publish.patience import Patience
from gomod_publish.proxy import out_of_reach
from gomod_publish.settings import SettingsError
from gomod_publish.state.document import State
from gomod_publish.state.settings import ConfigMapSettings

_MANAGER = "gomod-publish"
_LONGEST_MANAGER = 128  # the API server's limit
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Contents:
    """What the ConfigMap holds, and which edition of it that is."""

    data: dict[str, str]
    edition: str  # resourceVersion: whoever writes on its ground is refused when somebody was faster


class ConfigMap:
    """One ConfigMap. Use it as a context manager."""

    def __init__(
        self, settings: ConfigMapSettings, *, say: Callable[[str], None], pause: Callable[[float], None] = time.sleep
    ) -> None:
        """`say` is told why something takes longer; `pause` waits so many seconds. Raises SettingsError."""
        self.name = f"ConfigMap {settings.namespace}/{settings.name}"
        self._settings = settings
        self._url = f"{settings.server}/api/v1/namespaces/{settings.namespace}/configmaps/{settings.name}"
        self._patience = Patience(say=say, pause=pause)
        try:
            trust = ssl.create_default_context(cafile=settings.ca_file)
        except OSError as error:
            raise SettingsError(f"no certificates in {settings.ca_file}: {error.strerror}") from error
        self._client = httpx.Client(timeout=_TIMEOUT_SECONDS, headers={"User-Agent": _MANAGER}, verify=trust)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def read(self) -> dict[str, str]:
        """Every key. Raises NotFound, Refused, UpstreamError."""
        return self._patience.persist(self._read, TryAgain).data

    def write(self, state: State) -> bool:
        """Make the module's key say `state`; returns whether it said something else before.

        Raises Refused, also when the key is another module's, NotFound, UpstreamError.
        """
        return self._patience.persist(lambda: self._write(state), TryAgain)

    def _write(self, state: State) -> bool:
        contents = self._read()
        standing = contents.data.get(state.key, "")
        if standing == state.text():
            return False
        other = _module_in(standing)
        if other not in ("", state.module.path):
            raise Refused(f"the key {state.key} of {self.name} is that of {other}: {state.module.path} needs another")
        self._apply(state, contents.edition)
        return True

    def _read(self) -> Contents:
        document = self._ask("GET").json()
        return Contents(document.get("data") or {}, document["metadata"]["resourceVersion"])

    def _apply(self, state: State, edition: str) -> None:
        """Server-side apply. A field manager for each key: what one applies says nothing of the keys of others."""
        self._ask(
            "PATCH",
            params={"fieldManager": _manager(state.key), "force": "true"},
            headers={"Content-Type": "application/apply-patch+yaml"},
            json={
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": self._settings.name, "resourceVersion": edition},
                "data": {state.key: state.text()},
            },
        )

    def _ask(
        self,
        method: str,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        json: object = None,
    ) -> httpx.Response:
        token = TokenFile(self._settings.token_file).token()
        authorized = {"Authorization": f"Bearer {token}", **(headers or {})}
        try:
            response = self._client.request(method, self._url, params=params, headers=authorized, json=json)
        except httpx.RequestError as error:
            raise out_of_reach(self._settings.server, error) from error
        if response.is_success:
            return response
        trouble = f"{self.name}: the API server answered {response.status_code}: {_message(response)}"
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise NotFound(f"{trouble}; the chart packages-go makes it")
        if response.status_code == HTTPStatus.CONFLICT:
            raise TryAgain(trouble)  # somebody else wrote meanwhile
        if response.is_server_error or is_busy(response):
            raise TryAgain(trouble, after_seconds=asked_pause(response))
        raise Refused(f"{trouble}; the Role must allow `get` and `patch` on it")


def _manager(key: str) -> str:
    name = f"{_MANAGER}:{key}"
    return name if len(name) <= _LONGEST_MANAGER else f"{_MANAGER}:{hashlib.sha256(key.encode()).hexdigest()}"


def _module_in(text: str) -> str:
    """Whose document it is; empty when it is none."""
    try:
        return State.parse(text).module.path
    except Malformed:
        return ""


def _message(response: httpx.Response) -> str:
    """What the API server says, in one line."""
    try:
        return str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return said(response)
