"""Who publishes, and what: the first thing asked of a request, before a byte of its body is read."""

from gomod.errors import Forbidden, Unauthenticated
from gomod.module import match_prefix_patterns
from gomod_service.tokens import Token, Tokens
from gomod_storage.places import check_storable


class Gatekeeper:
    """Knows the tokens and our own prefixes."""

    def __init__(self, tokens: Tokens, private_patterns: str) -> None:
        self._tokens = tokens
        self._private_patterns = private_patterns

    def identify(self, authorization: str | None) -> Token:
        """Who sends this Authorization header. Raises Unauthenticated."""
        scheme, _, secret = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthenticated("publishing needs a token: send 'Authorization: Bearer <token>'")
        return self._tokens.authenticate(secret.strip())

    def admit(self, publisher: Token, module_path: str) -> None:
        """Return when this publisher may publish that module here. Raises Forbidden naming the rule.

        What is not under our own prefixes can't be published by anyone: it would stand in for somebody else's module.
        """
        if not match_prefix_patterns(self._private_patterns, module_path):
            raise Forbidden(
                f"{module_path!r} is not one of our own modules: this registry takes only {self._private_patterns}"
            )
        publisher.require("publish", module_path)
        check_storable(module_path)
