"""Who publishes, and what: the first thing asked of a request, before a byte of its body is read."""

from typing import Protocol

from gomod.errors import Forbidden, Unauthenticated
from gomod.module import match_prefix_patterns
from gomod_service.tokens import Tokens
from gomod_storage.places import check_storable
from gomod_uploader.trusted_publishing import TrustedPublishing, looks_like_jwt


class Publisher(Protocol):
    """Somebody who has proven who it is: a token's holder, or a workload that an issuer vouches for."""

    @property
    def name(self) -> str:
        """A short name, for the log."""
        ...

    @property
    def identity(self) -> str:
        """All that was proven, for the audit log."""
        ...

    def require(self, scope: str, module_path: str) -> None:
        """Return when it may do that to that module. Raises Forbidden naming what it may."""
        ...


class Gatekeeper:
    """Knows who may come in, and our own prefixes."""

    def __init__(self, tokens: Tokens, trusted: TrustedPublishing | None, private_patterns: str) -> None:
        self._tokens = tokens
        self._trusted = trusted
        self._private_patterns = private_patterns

    async def identify(self, authorization: str | None) -> Publisher:
        """Who sends this Authorization header. Raises Unauthenticated, Forbidden, UpstreamError."""
        scheme, _, secret = (authorization or "").strip().partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            raise Unauthenticated("publishing needs a token: send 'Authorization: Bearer <token>'")
        if self._trusted is not None and looks_like_jwt(secret):
            return await self._trusted.authenticate(secret)
        return self._tokens.authenticate(secret)

    def admit(self, publisher: Publisher, module_path: str) -> None:
        """Return when this publisher may publish that module here. Raises Forbidden naming the rule.

        What is not under our own prefixes can't be published by anyone: it would stand in for somebody else's module.
        """
        if not match_prefix_patterns(self._private_patterns, module_path):
            raise Forbidden(
                f"{module_path!r} is not one of our own modules: this registry takes only {self._private_patterns}"
            )
        publisher.require("publish", module_path)
        check_storable(module_path)
