"""The connections to all upstreams: redirects, credentials, proxies and limits; it knows nothing of modules."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Literal
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from gomod_proxy.credentials import Credentials
from gomod_storage.store import CHUNK_BYTES

MAX_REDIRECTS = 10

Load = Literal["text", "zip"]
"""Texts are small and wanted at once, zips are neither: each has connections and time-outs of its own."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an upstream may take, in seconds."""

    connect: float
    silence: float  # between two pieces of a body, and before the first
    text: float  # a whole list, .info or .mod, tries and pauses between them included
    zip: float  # a whole zip

    def whole(self, load: Load) -> float:
        """How long a whole answer may take."""
        return self.text if load == "text" else self.zip


class HttpClient:
    """GET over pooled connections. `async with` it: connections belong to the running loop."""

    def __init__(self, patience: Patience, connections: int, credentials: Credentials) -> None:
        """`connections` is how many there may be to one host, for texts and for zips each."""
        self.patience = patience
        self._connections = connections
        self._credentials = credentials
        self._sessions: Mapping[Load, aiohttp.ClientSession] = {}
        self._proxies = getproxies()
        self._bypasses = lru_cache(maxsize=64)(proxy_bypass)  # which reads the whole environment

    async def __aenter__(self) -> "HttpClient":
        context = ssl.create_default_context()  # honours SSL_CERT_FILE
        self._sessions = {"text": self._session(context), "zip": self._session(context)}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()

    async def open(self, url: URL, load: Load, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        """The response at the end of all redirects, its body unread; the caller releases it.

        Each host on the way gets its own credentials and nobody else's, and no way leads from https to http.
        Raises TimeoutError and aiohttp.ClientError.
        """
        try:
            return await self._follow(url, load, headers)
        except ValueError as error:  # of yarl, which made no URL of a redirect, and of what encodes a host's name
            raise aiohttp.ClientError(f"it redirects to what is no URL: {error}") from error

    async def _follow(self, url: URL, load: Load, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        for _ in range(MAX_REDIRECTS):
            response = await self._get(url, load, headers)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or location is None:
                return response
            response.release()
            target = url.join(URL(location, encoded=True))
            if url.scheme == "https" and target.scheme != "https":
                raise aiohttp.ClientError(f"it redirects from https to {target.scheme}")
            url = target
        raise aiohttp.ClientError(f"it makes more than {MAX_REDIRECTS} redirects")

    async def _get(self, url: URL, load: Load, more: Mapping[str, str]) -> aiohttp.ClientResponse:
        # A zip is compressed already, and its length is wanted.
        headers = {"accept-encoding": "gzip, deflate" if load == "text" else "identity", **more}
        if (authorization := self._credentials.authorization(url)) is not None:
            headers["authorization"] = authorization
        return await self._sessions[load].get(
            url.with_user(None), headers=headers, proxy=self._proxy(url), allow_redirects=False
        )

    def _session(self, context: ssl.SSLContext) -> aiohttp.ClientSession:
        # How long a whole answer may take is the caller's to say, who may try more than once.
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self.patience.connect, sock_read=self.patience.silence)
        connector = aiohttp.TCPConnector(ssl=context, limit=0, limit_per_host=self._connections)
        return aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            read_bufsize=CHUNK_BYTES,
            cookie_jar=aiohttp.DummyCookieJar(),  # what one client is answered is no business of the next one's
        )

    def _proxy(self, url: URL) -> str | None:
        # Not aiohttp's trust_env: that reads ~/.netrc anew for each request, and would send what it finds over http.
        if url.host is None or self._bypasses(url.host):
            return None
        return self._proxies.get(url.scheme)
