"""The registry as everybody reads it: the files of a version, and whatever else it answers by name."""

import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from gomod.errors import NotFound
from gomod.layout import Kind, file_name
from gomod.module import ModuleVersion
from gomod_publish.answers import failure, said
from gomod_publish.busy import is_busy
from gomod_publish.errors import TryAgain
from gomod_publish.patience import Patience
from gomod_publish.reading import reading_right

# The registry checks and syncs a whole zip before it answers.
_TIMEOUT = httpx.Timeout(connect=10, write=60, read=300, pool=10)

# Whatever HTTP_PROXY says: nobody else can reach what is on this machine (as x/net/http/httpproxy, which go has).
_THIS_MACHINE = {f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")}


class Proxy:
    """One registry. Use it as a context manager."""

    def __init__(
        self, url: str, *, say: Callable[[str], None], pause: Callable[[float], None] = time.sleep
    ) -> None:  # fmt: skip
        """`url` has no slash at its end; `say` is told why something takes longer, `pause` waits so many seconds.

        Raises SettingsError when the netrc file is none.
        """
        self.url = url
        self._right = reading_right(url)
        self.patience = Patience(say=say, pause=pause)
        self._client = httpx.Client(timeout=_TIMEOUT, headers={"User-Agent": "gomod-publish"}, mounts=_THIS_MACHINE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def fetch(self, module: ModuleVersion, kind: Kind, destination: Path) -> httpx.Headers:
        """Read one file of a version into `destination`. Raises NotFound, Refused, UpstreamError.

        Absence is asked about again too: a proxy on a volume of its own may see a commit a moment later.
        """
        url = f"{self.url}/{file_name(module, kind)}"
        return self.patience.persist(lambda: self._fetch(url, module, destination), TryAgain, NotFound)

    def ask(self, url: str) -> httpx.Response:
        """Whatever a URL answers; asked again while nobody does, or it is busy. Raises UpstreamError."""
        return self.patience.persist(lambda: self._ask(url), TryAgain)

    def _ask(self, url: str) -> httpx.Response:
        try:
            # The uploader's own address is another one, and gets nothing.
            response = self._client.get(url, auth=self._right if url.startswith(f"{self.url}/") else None)
        except httpx.RequestError as error:
            raise out_of_reach(url, error) from error
        if response.is_server_error or is_busy(response):
            raise failure(response, url)
        return response

    def _fetch(self, url: str, module: ModuleVersion, destination: Path) -> httpx.Headers:
        try:
            with (
                self._client.stream("GET", url, headers={"Accept-Encoding": "identity"}, auth=self._right) as response,
                destination.open("wb") as file,
            ):
                if response.status_code == HTTPStatus.OK:
                    for chunk in response.iter_bytes():
                        file.write(chunk)
                    return response.headers
                response.read()
        except httpx.RequestError as error:
            raise out_of_reach(url, error) from error
        if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            raise NotFound(f"{url} is not there: {said(response)}")
        raise failure(response, module)


def out_of_reach(url: str, error: httpx.RequestError) -> TryAgain:
    """What it means that nobody answered, or something that no Content-Encoding allows: a broken cache on the way."""
    if isinstance(error, httpx.DecodingError):
        return TryAgain(f"{url} answered what can't be unpacked: {error}")
    return TryAgain(f"{url} is out of reach: {error or type(error).__name__}")
