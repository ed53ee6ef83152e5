"""The public keys of an OIDC issuer: fetched when they are needed, kept for a while, fetched again when they change."""

import json
import ssl
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import aiohttp
import anyio
import jwt
from anyio import to_thread

from gomod.errors import Unauthenticated, UpstreamError
from gomod_uploader.trusted_publishers import Issuer

# A key that an issuer has taken back is refused here after this time …
FRESH_SECONDS = 300.0
# … or, when the issuer can't be asked, after this.
STALE_SECONDS = 3600.0
# An unknown key makes us ask at once, but no more often than this: anybody can invent a key's name.
PAUSE_SECONDS = 10.0

TIMEOUT = aiohttp.ClientTimeout(total=10)
MOST_BYTES = 1024 * 1024

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signatures by a private key only. With a shared secret (HS256) whoever can check a token could make one."""


class IssuerKeys:
    """The keys of one issuer, by their ids."""

    def __init__(self, issuer: Issuer, session: aiohttp.ClientSession) -> None:
        self._issuer = issuer
        self._session = session
        self._lock = anyio.Lock()  # one fetch at a time, however many ask
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._trouble = ""

    async def find(self, key_id: str) -> jwt.PyJWK:
        """The key of that id. Raises Unauthenticated when there is none, UpstreamError when nobody can say."""
        async with self._lock:
            if self._is_due(key_id):
                await self._renew()
        if key_id in self._keys and time.monotonic() - self._fetched < STALE_SECONDS:
            return self._keys[key_id]
        if self._trouble:
            raise UpstreamError(self._trouble)
        raise Unauthenticated(f"issuer {self._issuer.name!r} signs tokens with no key {key_id!r}")

    def _is_due(self, key_id: str) -> bool:
        now = time.monotonic()
        is_good = key_id in self._keys and now - self._fetched < FRESH_SECONDS
        return not is_good and now - self._tried >= PAUSE_SECONDS

    async def _renew(self) -> None:
        self._tried = time.monotonic()
        try:
            self._keys = await self._fetch()
        except UpstreamError as error:
            self._trouble = f"the keys of issuer {self._issuer.name!r} can't be fetched: {error}"
        else:
            self._trouble = ""
            self._fetched = time.monotonic()

    async def _fetch(self) -> Mapping[str, jwt.PyJWK]:
        url = self._issuer.keys or await self._discover()
        listed = (await self._get(url)).get("keys")
        if not isinstance(listed, list):
            raise UpstreamError(f"{url} is no JWKS")
        return {key.key_id: key for key in map(_signing_key, listed) if key is not None and key.key_id is not None}

    async def _discover(self) -> str:
        """OpenID Connect Discovery 1.0, section 4."""
        url = f"{self._issuer.url.rstrip('/')}/.well-known/openid-configuration"
        document = await self._get(url)
        keys = document.get("jwks_uri")
        if document.get("issuer") != self._issuer.url or not isinstance(keys, str) or not keys.startswith("https://"):
            raise UpstreamError(f"{url} is not about this issuer, or names no https:// jwks_uri")
        return keys

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            document = json.loads(await self._read(url))
        except (aiohttp.ClientError, OSError, ValueError, RecursionError) as error:  # OSError: time-outs too
            raise UpstreamError(f"{url}: {error or type(error).__name__}") from error
        if not isinstance(document, dict):
            raise UpstreamError(f"{url} is no JSON object")
        return document

    async def _read(self, url: str) -> bytes:
        # Made anew each time: the authorities of a cluster are replaced in place.
        authorities = partial(ssl.create_default_context, cafile=self._issuer.ca_file or None)
        context = await to_thread.run_sync(authorities)
        # No redirects: they could lead anywhere.
        async with self._session.get(url, ssl=context, timeout=TIMEOUT, allow_redirects=False) as response:
            try:
                return await _body(url, response)
            finally:
                _hang_up(response)


async def _body(url: str, response: aiohttp.ClientResponse) -> bytes:
    if response.status != 200:
        raise UpstreamError(f"{url} answers {response.status}")
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise UpstreamError(f"{url} has more than {MOST_BYTES} bytes")
    return body


def _hang_up(response: aiohttp.ClientResponse) -> None:
    """End the connection now unless the whole answer has been read."""
    # Not closed: TLS would have it wait for the issuer's farewell, which may come when our event loop has ended.
    if response.connection is not None and response.connection.transport is not None:
        response.connection.transport.abort()


def _signing_key(listed: object) -> jwt.PyJWK | None:
    """A key that may sign tokens; None for one that is for something else, of a kind unknown, or malformed."""
    if not isinstance(listed, dict) or listed.get("use", "sig") != "sig":
        return None
    # RFC 7517, 4.4 and 4.5: both are strings. PyJWT looks them up without a look at them.
    if not isinstance(listed.get("kid"), str) or not isinstance(listed.get("alg"), str | None):
        return None
    if listed.get("alg") not in {None, *ALGORITHMS}:  # `none` has no keys, and PyJWT no error of its own for it
        return None
    try:
        key = jwt.PyJWK(listed)
    except jwt.PyJWTError:
        return None
    return key if key.algorithm_name in ALGORITHMS else None
