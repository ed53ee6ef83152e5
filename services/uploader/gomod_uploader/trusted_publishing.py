"""Trusted publishing: a workload shows the token that its platform gave it, and needs none of ours."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import jwt

from gomod.errors import Forbidden, Unauthenticated
from gomod_service.reloading import ReloadingFile
from gomod_uploader.issuer_keys import IssuerKeys
from gomod_uploader.trusted_publishers import Issuer, Trusted, parse_trust

LEEWAY_SECONDS = 30
"""How far the issuer's clock and ours may be apart."""


def looks_like_jwt(secret: str) -> bool:
    """Whether a bearer token is a JWT (RFC 7519, 3); a token of ours has no dots."""
    return secret.count(".") == 2


class TrustedPublishing:
    """Knows the file of trusted publishers, and the keys of its issuers while its context is open.

    Raises SettingsError when the first reading of the file fails.
    """

    def __init__(self, path: Path) -> None:
        self._file = ReloadingFile(path, "trusted-publishers", parse_trust)
        self._keys: dict[Issuer, IssuerKeys] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None  # it was entered
        await self._session.close()

    async def authenticate(self, token: str) -> Trusted:
        """Who shows this token. Raises Unauthenticated, UpstreamError, and Forbidden when no rule matches it."""
        trust = self._file.current()
        header, said = _unverified(token)
        issuer = trust.issuers.get(str(said.get("iss")))
        if issuer is None:
            raise Unauthenticated(f"the bearer token is of {said.get('iss')!r}, which is not an issuer trusted here")
        key = await self._keys_of(issuer).find(str(header.get("kid")))
        claims = _verified(token, key, issuer)
        rules = tuple(rule for rule in trust.publishers if rule.matches(issuer, claims))
        if not rules:
            raise Forbidden(f"{claims['sub']!r} of issuer {issuer.name!r} is not among the trusted publishers")
        return Trusted(issuer, claims["sub"], rules)

    def _keys_of(self, issuer: Issuer) -> IssuerKeys:
        assert self._session is not None  # it was entered
        if issuer not in self._keys:
            self._keys[issuer] = IssuerKeys(issuer, self._session)
        return self._keys[issuer]


def _unverified(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, which anybody may have written: they only tell which key to check them with."""
    try:
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise Unauthenticated(f"the bearer token is no sound JWT: {error}") from error
    return parts["header"], parts["payload"]


def _verified(token: str, key: jwt.PyJWK, issuer: Issuer) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],  # the key's, never the one that the token asks for
            audience=issuer.audience,
            issuer=issuer.url,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError as error:
        raise Unauthenticated(f"the bearer token is not good here: {error}") from error
