"""Who may read our own modules: everybody, or those who show a token. Public modules are open to everybody."""

from base64 import b64decode
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope
from structlog.contextvars import bind_contextvars

from gomod.errors import Forbidden, Unauthenticated, UnknownReader
from gomod.module import match_prefix_patterns
from gomod_proxy.gateways import Gateways
from gomod_proxy.own import OwnModules
from gomod_service.tokens import Token, Tokens


class ReadingRights(Protocol):
    """Decides from the head of a request alone, before anything is read, and without waiting for anything."""

    def guards(self, path: str, /) -> bool:
        """Whether reading this module takes a right. Then its answers are not for shared caches: `keep_private`."""
        ...

    def check(self, scope: Scope, path: str, /) -> None:
        """Return when this request may read that module. Raises UnknownReader, Forbidden."""
        ...

    def check_page(self, scope: Scope, path: str, /) -> None:
        """Return when this request may see where go finds that module. Raises UnknownReader, Forbidden.

        The page says the same for all that stands below a prefix of ours, so any reader may see it. go asks it for the
        prefix too, which a reader of a few modules has no right to.
        """
        ...

    def shown(self, scope: Scope, /) -> Callable[[str], bool]:
        """Which modules a list of everything shows to this request. Raises UnknownReader, Forbidden."""
        ...


class Everybody:
    """The rights of a registry whose own modules are open, too."""

    def guards(self, _: str, /) -> bool:
        return False

    def check(self, _: Scope, __: str, /) -> None:
        """It may."""

    def check_page(self, _: Scope, __: str, /) -> None:
        """It may."""

    def shown(self, _: Scope, /) -> Callable[[str], bool]:
        return lambda _: True


class TokenHolders:
    """Our own modules are for those who show a token with the scope `read`, each for the globs of the token.

    The token comes as `Bearer`, or as the password of `Basic`, which is what go makes of a netrc file; the user's name
    says nothing. Over plain http nobody's credentials are looked at: who sent them must learn that they are out.
    """

    def __init__(self, tokens: Tokens, own_modules: OwnModules, gateways: Gateways, public_url: str) -> None:
        self._tokens = tokens
        self._own_modules = own_modules
        self._gateways = gateways
        self._public_url = public_url
        self._advice = (
            f"put `machine {urlsplit(public_url).netloc} login token password TOKEN` into ~/.netrc, "
            "or have a GOAUTH command print `Authorization: Bearer TOKEN`"
        )

    def guards(self, path: str, /) -> bool:
        return self._own_modules.owns(path)

    def check(self, scope: Scope, path: str, /) -> None:
        if not self.guards(path):
            return
        token = self._holder(scope, path)
        # go probes the root of a prefix as well, where no module of ours can be: that one is absent for all readers.
        if match_prefix_patterns(self._own_modules.patterns, path):
            token.require("read", path)

    def check_page(self, scope: Scope, path: str, /) -> None:
        if self.guards(path):
            self._holder(scope, path)

    def shown(self, scope: Scope, /) -> Callable[[str], bool]:
        if "authorization" not in Headers(scope=scope):
            return lambda path: not self.guards(path)
        token = self._holder(scope, "what is our own")
        return lambda path: not self.guards(path) or token.covers(path)

    def _holder(self, scope: Scope, what: str) -> Token:
        authorization = Headers(scope=scope).get("authorization")
        if not self._gateways.came_securely(scope):
            raise self._plain_http(what, shown=authorization is not None)
        if authorization is None:
            raise UnknownReader(f"{what}: only for readers who show a token; {self._advice}")
        try:
            token = self._tokens.authenticate(_secret(authorization))
        except Unauthenticated as error:
            raise UnknownReader(f"{what}: {error}; {self._advice}") from error
        bind_contextvars(reader=token.name)
        token.require_scope("read")
        return token

    def _plain_http(self, what: str, *, shown: bool) -> Forbidden | UnknownReader:
        way = "over plain http, or through a gateway that GOMOD_READ_GATEWAYS does not name"
        if shown:
            return Forbidden(
                f"{what}: credentials came {way}; they were not looked at, but may have been seen on the way: "
                f"have them replaced, and ask {self._public_url}"
            )
        return UnknownReader(
            f"{what}: only for readers who show a token, and this came {way}, where go sends none; "
            f"set GOPROXY to {self._public_url}"
        )


def keep_private(headers: MutableHeaders) -> None:
    """Keep an answer that takes a right out of shared caches."""
    directives = [each for each in headers["cache-control"].split(", ") if each != "public"]
    headers["cache-control"] = ", ".join(["private", *directives])
    headers.add_vary_header("authorization")


def _secret(authorization: str) -> str:
    """The token in an Authorization header. Raises Unauthenticated."""
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        raise Unauthenticated("credentials are neither Bearer nor Basic")
    try:
        _, colon, password = b64decode(value.strip(), validate=True).decode().partition(":")
    except ValueError as error:
        raise Unauthenticated("Basic credentials that can't be read") from error
    if not colon:
        raise Unauthenticated("Basic credentials without a password")
    return password
