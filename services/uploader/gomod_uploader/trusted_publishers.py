"""Trusted publishers: which workloads of which OIDC issuers may publish what, without any secret of ours.

[[issuer]]
name = "cluster"
url = "https://kubernetes.default.svc"                  # `iss` of its tokens
audience = "go.corp.example"                             # `aud`: tokens made for another service are no good here
keys = "https://kubernetes.default.svc/openid/v1/jwks"   # optional: its JWKS; else its discovery document names it
ca_file = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"   # optional: who signs the issuer's certificate

[[publisher]]
name = "payments"
issuer = "cluster"
claims = { sub = "system:serviceaccount:ci:payments" }   # all must hold; `*` stands for any text
modules = ["go.corp.example/payments/*"]                 # GOPRIVATE globs
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gomod.errors import Forbidden
from gomod.module import match_prefix_patterns
from gomod_service.settings import SettingsError
from gomod_service.stanzas import GLOBS, NAME, Key, is_word, read_stanzas


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who vouches for workloads, and where its keys are."""

    name: str
    url: str
    audience: str
    keys: str  # empty: the discovery document tells
    ca_file: str  # empty: the system's authorities


@dataclass(frozen=True, slots=True)
class TrustedPublisher:
    """A rule: the issuer's tokens with these claims may publish these modules."""

    name: str
    issuer: str  # its name
    claims: Mapping[str, str]
    modules: tuple[str, ...]

    def matches(self, issuer: Issuer, claims: Mapping[str, object]) -> bool:
        """Whether a verified token of `issuer` is meant. A claim that is no text matches nothing."""
        return self.issuer == issuer.name and all(
            isinstance(claim := claims.get(name), str) and _fits(pattern, claim)
            for name, pattern in self.claims.items()
        )


@dataclass(frozen=True, slots=True)
class Trusted:
    """A workload that has proven who it is, and the rules that match it."""

    issuer: Issuer
    subject: str
    rules: tuple[TrustedPublisher, ...]

    @property
    def name(self) -> str:
        """The names of its rules."""
        return "+".join(rule.name for rule in self.rules)

    @property
    def identity(self) -> str:
        """Who that is, for an audit log."""
        return f"publisher {self.name}: {self.subject} of {self.issuer.url}"

    def require(self, scope: str, module_path: str) -> None:
        """Return when it may do that to that module. Raises Forbidden naming what it may."""
        globs = ",".join(glob for rule in self.rules for glob in rule.modules)
        if not match_prefix_patterns(globs, module_path):
            raise Forbidden(f"publisher {self.name!r} may not {scope} {module_path!r}; it is for {globs}")


@dataclass(frozen=True, slots=True)
class Trust:
    """What the file says."""

    issuers: Mapping[str, Issuer]  # by URL
    publishers: tuple[TrustedPublisher, ...]


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def _is_https(value: object) -> bool:
    # Without TLS anybody on the way could hand us keys of their own.
    return is_word(value) and urlsplit(value).scheme == "https" and bool(urlsplit(value).hostname)


def _is_claims(value: object) -> bool:
    texts = isinstance(value, dict) and all(isinstance(claim, str) and claim for claim in value.values())
    return texts and any(name not in ("iss", "aud") for name in value)  # type: ignore[attr-defined]  # a dict, by then


_HTTPS = "an https:// URL"
_ISSUER_KEYS = {
    "name": NAME,
    "url": Key(_is_https, f"{_HTTPS}, as the issuer's tokens say it in `iss`", unique=True),
    "audience": Key(is_word, "what the issuer's tokens for this registry say in `aud`"),
    "keys": Key(_is_https, f"{_HTTPS}, of the issuer's JWKS", required=False),
    "ca_file": Key(is_word, "the path of a PEM file", required=False),
}
_PUBLISHER_KEYS = {
    "name": NAME,
    "issuer": Key(is_word, "the name of an [[issuer]]"),
    "claims": Key(_is_claims, 'texts that tell one workload from others, like { repository = "corp/payments" }'),
    "modules": GLOBS,
}


def parse_trust(data: bytes) -> Trust:
    """Read a file of trusted publishers. Raises SettingsError with a line for every problem."""
    found = read_stanzas(data, {"issuer": _ISSUER_KEYS, "publisher": _PUBLISHER_KEYS})
    issuers = [
        Issuer(each["name"], each["url"], each["audience"], each.get("keys", ""), each.get("ca_file", ""))
        for each in found["issuer"]
    ]
    publishers = [
        TrustedPublisher(each["name"], each["issuer"], each["claims"], tuple(each["modules"]))
        for each in found["publisher"]
    ]
    names = {issuer.name for issuer in issuers}
    if strangers := [each for each in publishers if each.issuer not in names]:
        raise SettingsError(
            "\n".join(f"  publisher {each.name!r}: no [[issuer]] {each.issuer!r}" for each in strangers)
        )
    return Trust({issuer.url: issuer for issuer in issuers}, tuple(publishers))
