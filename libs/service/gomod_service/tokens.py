"""Tokens: a file that says who may do what to which modules, without holding a single secret.

    [[token]]
    name = "ci-payments"                         # who it is, in logs and in the audit log
    sha256 = "9f86d081884c7d65…"                 # of the whole token, hexadecimal
    modules = ["go.corp.example/payments/*"]     # GOPRIVATE globs
    scopes = ["publish"]                         # or "read", or both
    expires = 2027-01-31T00:00:00Z               # RFC 3339, with an offset

`gomod-token new` makes a token and its stanza. A plain SHA-256 is right here: a token is 256 random bits, so there is
no dictionary to try, and a slow hash would only slow down the one who holds it.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gomod.errors import Forbidden, Unauthenticated
from gomod.module import match_prefix_patterns
from gomod_service.reloading import ReloadingFile
from gomod_service.stanzas import GLOBS, INSTANT, NAME, Key, read_stanzas

SCOPES = frozenset({"publish", "read"})

_PREFIX = "gomod_"  # makes a token recognisable, to people and to secret scanners
_SHA256 = re.compile(r"[0-9a-f]{64}")


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _is_scopes(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(scope in SCOPES for scope in value)


_KEYS = {
    "name": NAME,
    "sha256": Key(_is_sha256, "64 lower-case hexadecimal digits", unique=True),
    "modules": GLOBS,
    "scopes": Key(_is_scopes, f"a list of {', '.join(sorted(SCOPES))}"),
    "expires": INSTANT,
}


@dataclass(frozen=True, slots=True)
class Token:
    """One stanza of the file."""

    name: str
    sha256: str
    modules: tuple[str, ...]
    scopes: frozenset[str]
    expires: datetime

    @property
    def identity(self) -> str:
        """Who that is, for an audit log."""
        return f"token {self.name}"

    def require(self, scope: str, module_path: str) -> None:
        """Return when the token may do that to that module. Raises Forbidden naming what it may."""
        self.require_scope(scope)
        if not self.covers(module_path):
            raise Forbidden(f"token {self.name!r} may not {scope} {module_path!r}; it is for {','.join(self.modules)}")

    def require_scope(self, scope: str) -> None:
        """Return when the token may do that to some module. Raises Forbidden naming what it may."""
        if scope not in self.scopes:
            raise Forbidden(f"token {self.name!r} may not {scope}; it may {', '.join(sorted(self.scopes))}")

    def covers(self, module_path: str) -> bool:
        """Whether it is for that module."""
        return match_prefix_patterns(",".join(self.modules), module_path)


class Tokens:
    """The tokens of a file, as it stands now. Raises SettingsError when the first reading fails."""

    def __init__(self, path: Path) -> None:
        self._file = ReloadingFile(path, "tokens", parse_tokens)

    def authenticate(self, secret: str) -> Token:
        """The token that has this secret. Raises Unauthenticated."""
        offered = digest(secret)
        found = None
        # Every entry is compared, each in constant time: how long it takes tells nothing about the file.
        for token in self._file.current():
            if hmac.compare_digest(token.sha256, offered):
                found = token
        if found is None:
            raise Unauthenticated("the token is not one of ours")
        if found.expires <= datetime.now(UTC):
            raise Unauthenticated(f"token {found.name!r} expired at {found.expires.isoformat()}")
        return found


def new_secret() -> str:
    """A token that nobody has: 256 bits from the system's generator."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What the file keeps of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def parse_tokens(data: bytes) -> tuple[Token, ...]:
    """Read a token file. Raises SettingsError with a line for every problem, each naming its token."""
    return tuple(
        Token(
            name=stanza["name"],
            sha256=stanza["sha256"],
            modules=tuple(stanza["modules"]),
            scopes=frozenset(stanza["scopes"]),
            expires=stanza["expires"],
        )
        for stanza in read_stanzas(data, {"token": _KEYS})["token"]
    )
