"""One upstream GOPROXY over HTTP: asks it, bounds it, and believes nothing that can be checked at once."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType

import aiohttp
from yarl import URL

from gomod import layout
from gomod.errors import InvalidPath, InvalidVersion, Malformed, NotFound, UpstreamError, UpstreamTimeout
from gomod.info import parse_info
from gomod.modfile import module_path
from gomod.module import ModuleVersion, canonical_version, check
from gomod.modzip import MAX_GO_MOD, MAX_ZIP_FILE
from gomod_proxy.source import Incoming
from gomod_storage import PartKind
from gomod_storage.store import CHUNK_BYTES

MAX_DOCUMENT = MAX_GO_MOD  # a go.mod is the largest text that there is
MAX_REASON = 300  # characters of an upstream's error text that we pass on
MAX_REDIRECTS = 10

_ABSENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})  # what GOPROXY's comma takes for absence


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an upstream may take, in seconds."""

    connect: float
    read: float  # for a whole text; between two pieces of a zip


class HttpClient:
    """The connections to all upstreams. `async with` it: connections belong to the running loop."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "HttpClient":
        # The default context is what honours SSL_CERT_FILE; trust_env is what honours HTTPS_PROXY.
        connector = aiohttp.TCPConnector(ssl=ssl.create_default_context())
        self._session = aiohttp.ClientSession(connector=connector, trust_env=True, read_bufsize=CHUNK_BYTES)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def get(self, url: URL, *, whole: bool) -> AsyncIterator[aiohttp.ClientResponse]:
        """GET with redirects followed. `whole`: a text that must be there in time as a whole; else a zip.

        Raises TimeoutError and aiohttp.ClientError, also while the body is read.
        """
        assert self._session is not None, "used outside of its `async with`"
        patience = self._patience
        timeout = aiohttp.ClientTimeout(
            total=patience.read if whole else None, sock_connect=patience.connect, sock_read=patience.read
        )
        encoding = "gzip, deflate" if whole else "identity"  # a zip is compressed already, and its length is wanted
        async with self._session.get(
            url, timeout=timeout, headers={"accept-encoding": encoding}, max_redirects=MAX_REDIRECTS
        ) as response:
            yield response


class GoProxy:
    """A Source over the GOPROXY protocol."""

    def __init__(self, url: str, client: HttpClient) -> None:
        self._url = url
        self._host = URL(url).host  # without the user's name and password, which the URL may hold
        self._client = client

    async def versions(self, path: str) -> list[str]:
        text = await self._text(layout.list_name(path), f"the versions of {path}")
        fields = [line.split() for line in text.decode(errors="replace").split("\n")]
        return [each[0] for each in fields if each and _is_version_of(path, each[0])]

    async def latest(self, path: str) -> bytes:
        return await self._moving_info(path, layout.latest_name(path), f"{path}@latest")

    async def query(self, path: str, query: str) -> bytes:
        # A query stands where a version would, escaped in the same way.
        return await self._moving_info(path, layout.file_name(ModuleVersion(path, query), "info"), f"{path}@{query}")

    async def document(self, module: ModuleVersion, kind: PartKind) -> bytes:
        data = await self._text(layout.file_name(module, kind), f"{module} ({kind})")
        if kind == "mod":
            if not module_path(data):
                raise self._nonsense(f"{module} (mod)", "has no module line")
        elif (version := self._version(data, f"{module} (info)")) != module.version:
            raise self._nonsense(f"{module} (info)", f"is of another version, {version!r}")
        return data

    @asynccontextmanager
    async def zip(self, module: ModuleVersion) -> AsyncIterator[Incoming]:
        what = f"{module} (zip)"
        async with self._answer(layout.file_name(module, "zip"), what, whole=False) as response:
            size = response.content_length if "content-encoding" not in response.headers else None
            if size is not None and size > MAX_ZIP_FILE:
                raise self._nonsense(what, f"is {size} bytes long, and a module's zip may have {MAX_ZIP_FILE}")
            yield Incoming(size, self._chunks(response, what))

    async def _chunks(self, response: aiohttp.ClientResponse, what: str) -> AsyncIterator[bytes]:
        received = 0
        with self._trouble(what):
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                received += len(chunk)
                if received > MAX_ZIP_FILE:
                    raise self._nonsense(what, f"does not end after {MAX_ZIP_FILE} bytes")
                yield chunk

    async def _moving_info(self, path: str, name: str, what: str) -> bytes:
        data = await self._text(name, what)
        version = self._version(data, what)
        if not _is_version_of(path, version):
            raise self._nonsense(what, f"names {version!r}, which is no version of {path}")
        return data

    def _version(self, data: bytes, what: str) -> str:
        try:
            return parse_info(data).version
        except Malformed as error:
            raise self._nonsense(what, f"is not what it should be: {error}") from error

    async def _text(self, name: str, what: str) -> bytes:
        async with self._answer(name, what, whole=True) as response:
            data = bytearray()
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                data += chunk
                if len(data) > MAX_DOCUMENT:
                    raise self._nonsense(what, f"does not end after {MAX_DOCUMENT} bytes")
        if data.lstrip()[:1] == b"<":
            raise self._nonsense(what, "is a web page; is a login or a captive portal in between?")
        return bytes(data)

    @asynccontextmanager
    async def _answer(self, name: str, what: str, *, whole: bool) -> AsyncIterator[aiohttp.ClientResponse]:
        with self._trouble(what):
            async with self._client.get(URL(f"{self._url}/{name}", encoded=True), whole=whole) as response:
                if response.status in _ABSENT:
                    raise NotFound(f"{what}: not found upstream at {self._host}: {await _reason(response)}")
                if response.status != HTTPStatus.OK:
                    raise UpstreamError(
                        f"{what}: upstream {self._host} says {await _reason(response)}; try again later"
                    )
                if response.content_type == "text/html":
                    raise self._nonsense(what, "is a web page; is a login or a captive portal in between?")
                yield response

    @contextmanager
    def _trouble(self, what: str) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise UpstreamTimeout(f"{what}: upstream {self._host} did not answer in time; try again later") from error
        except aiohttp.ClientError as error:
            why = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
            why = why or type(error).__name__
            raise UpstreamError(f"{what}: upstream {self._host} can't be reached: {why}; try again later") from error

    def _nonsense(self, what: str, why: str) -> UpstreamError:
        return UpstreamError(f"{what}: what upstream {self._host} sends {why}; it was not kept")


def _is_version_of(path: str, version: str) -> bool:
    try:
        check(path, version)
    except (InvalidPath, InvalidVersion):
        return False
    return canonical_version(version) == version


async def _reason(response: aiohttp.ClientResponse) -> str:
    """The status, and the first line that an upstream says about it: it often names the cause."""
    status = f"{response.status} {response.reason or ''}".strip()
    if response.content_type == "text/html":
        return status
    body = (await response.content.read(4 * MAX_REASON)).decode(errors="replace").strip()
    line = body.partition("\n")[0][:MAX_REASON].strip()
    return f"{status}: {line}" if line else status
