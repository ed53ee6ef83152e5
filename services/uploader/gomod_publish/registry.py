"""The registry as publishers know it: a version is sent to it, by a right to do so."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

from gomod_publish.answers import failure, warnings
from gomod_publish.errors import TryAgain
from gomod_publish.packed import Packed
from gomod_publish.proxy import Proxy, out_of_reach
from gomod_publish.settings import RegistrySettings


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the registry said to an upload."""

    is_new: bool  # not so when the same module stood there already
    warnings: tuple[str, ...]  # what it took, but found odd


class Registry(Proxy):
    """One registry, and the right to publish to it. Use it as a context manager."""

    def __init__(
        self, settings: RegistrySettings, *, say: Callable[[str], None], pause: Callable[[float], None] = time.sleep
    ) -> None:
        """`say` is told why something takes longer; `pause` waits so many seconds."""
        super().__init__(settings.url, say=say, pause=pause)
        self._credential = settings.credential

    def upload(self, packed: Packed, on_sent: Callable[[int], None]) -> Receipt:
        """Send a version; `on_sent` gets the bytes of the zip sent so far, from 0 again when it is sent again.

        Raises AlreadyExists, Refused, UpstreamError. What was perhaps taken is sent again without harm: the same
        content twice is a success.
        """
        return self.patience.persist(lambda: self._post(packed, on_sent), TryAgain)

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
            except httpx.RequestError as error:
                raise out_of_reach(self.url, error) from error
        if response.status_code in (HTTPStatus.OK, HTTPStatus.CREATED):
            return Receipt(response.status_code == HTTPStatus.CREATED, warnings(response))
        raise failure(response, packed.module, offered_h1=packed.h1)


class _Metered(io.BufferedReader):
    """A file that tells how far it was read."""

    def __init__(self, path: Path, on_read: Callable[[int], None]) -> None:
        super().__init__(io.FileIO(path))
        self._on_read = on_read

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._on_read(self.tell())
        return data
