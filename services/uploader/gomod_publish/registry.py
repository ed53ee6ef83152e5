"""The registry over HTTP: a version is sent to it, and its files are read back from it."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import httpx

from gomod.errors import NotFound, RegistryError
from gomod.layout import Kind, file_name
from gomod.module import ModuleVersion
from gomod_publish.answers import failure, said, warnings
from gomod_publish.errors import TryAgain
from gomod_publish.packed import Packed
from gomod_publish.settings import RegistrySettings

# Before the second, third … attempt. Long enough for a rolling restart of the registry.
PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
LONGEST_PAUSE_SECONDS = 30.0  # whatever Retry-After asks for

# The registry checks and syncs a whole zip before it answers.
_TIMEOUT = httpx.Timeout(connect=10, write=60, read=300, pool=10)

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the registry said to an upload."""

    is_new: bool  # not so when the same module stood there already
    warnings: tuple[str, ...]  # what it took, but found odd


class Registry:
    """One registry, and the right to publish to it. Use it as a context manager."""

    def __init__(
        self,
        settings: RegistrySettings,
        *,
        say: Callable[[str], None],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`say` is told why something takes longer; `pause` waits so many seconds."""
        self.url = settings.url
        self._credential = settings.credential
        self._say = say
        self._pause = pause
        self._client = httpx.Client(timeout=_TIMEOUT, headers={"User-Agent": "gomod-publish"})

    def __enter__(self) -> "Registry":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def upload(self, packed: Packed, on_sent: Callable[[int], None]) -> Receipt:
        """Send a version; `on_sent` gets the bytes of the zip sent so far, from 0 again when it is sent again.

        Raises AlreadyExists, Refused, UpstreamError. What was perhaps taken is sent again without harm: the same
        content twice is a success.
        """
        return self._persist(lambda: self._post(packed, on_sent), TryAgain)

    def fetch(self, module: ModuleVersion, kind: Kind, destination: Path) -> None:
        """Read one file of a version into `destination`. Raises NotFound, Refused, UpstreamError.

        Absence is asked about again too: a proxy on a volume of its own may see a commit a moment later.
        """
        self._persist(lambda: self._get(module, kind, destination), TryAgain, NotFound)

    def _post(self, packed: Packed, on_sent: Callable[[int], None]) -> Receipt:
        token = self._credential.token()
        with (
            packed.file("info").open("rb") as info,
            packed.file("mod").open("rb") as mod,
            _Metered(packed.file("zip"), on_sent) as zip_file,
        ):
            try:
                response = self._client.post(
                    f"{self.url}/upload",
                    headers={"Authorization": f"Bearer {token}"},
                    data={"module": packed.module.path, "version": packed.module.version},
                    files={
                        "info": ("info", info, "application/json"),
                        "mod": ("go.mod", mod, "text/plain; charset=utf-8"),
                        "zip": ("source.zip", zip_file, "application/zip"),
                    },
                )
            except httpx.TransportError as error:
                raise _out_of_reach(self.url, error) from error
        if response.status_code in (HTTPStatus.OK, HTTPStatus.CREATED):
            return Receipt(response.status_code == HTTPStatus.CREATED, warnings(response))
        raise failure(response, packed.module, offered_h1=packed.h1)

    def _get(self, module: ModuleVersion, kind: Kind, destination: Path) -> None:
        url = f"{self.url}/{file_name(module, kind)}"
        try:
            with (
                self._client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response,
                destination.open("wb") as file,
            ):
                if response.status_code == HTTPStatus.OK:
                    for chunk in response.iter_bytes():
                        file.write(chunk)
                    return
                response.read()
        except httpx.TransportError as error:
            raise _out_of_reach(url, error) from error
        if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            raise NotFound(f"{url} is not there: {said(response)}")
        raise failure(response, module)

    def _persist(self, attempt: Callable[[], _Result], *passing: type[RegistryError]) -> _Result:
        """Make an attempt, and again after errors that may pass."""
        for seconds in PAUSES_SECONDS:
            try:
                return attempt()
            except passing as error:
                asked = error.after_seconds if isinstance(error, TryAgain) else 0.0
                wait = min(max(seconds, asked), LONGEST_PAUSE_SECONDS)
                self._say(f"{error}; trying again in {wait:g} s")
                self._pause(wait)
        return attempt()


class _Metered(io.BufferedReader):
    """A file that tells how far it was read."""

    def __init__(self, path: Path, on_read: Callable[[int], None]) -> None:
        super().__init__(io.FileIO(path))
        self._on_read = on_read

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._on_read(self.tell())
        return data


def _out_of_reach(url: str, error: httpx.TransportError) -> TryAgain:
    return TryAgain(f"{url} is out of reach: {error or type(error).__name__}")
