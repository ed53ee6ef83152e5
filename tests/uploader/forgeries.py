"""Tokens that say the right things, and are signed by nobody who may."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.uploader.oidc_issuer import OidcIssuer


def forgeries(issuer: OidcIssuer) -> dict[str, str]:
    """Each with how it was made."""
    head, payload, signature = issuer.token().split(".")
    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    other_claims = _encoded(json.dumps(claims | {"sub": "ci:other"}).encode())
    public = issuer.keys["first"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "signed by another key": issuer.token(key=ec.generate_private_key(ec.SECP256R1())),
        "signed by another kind of key": issuer.token(key=rsa.generate_private_key(65537, 2048)),
        "signed with the public key as a secret": _hmac_signed(public, {"alg": "HS256", "kid": "first"}, payload),
        "signed by nobody": f"{_header(alg='none', kid='first')}.{payload}.",
        "signed by an unknown key": f"{_header(alg='ES256', kid='unknown')}.{payload}.{signature}",
        "signed by a key without a name": f"{_header(alg='ES256')}.{payload}.{signature}",
        "with another algorithm": f"{_header(alg='ES384', kid='first')}.{payload}.{signature}",
        "with another signature": f"{head}.{payload}.{signature[::-1]}",
        "with other claims": f"{head}.{other_claims}.{signature}",
        "that is nothing": "a.b.c",
        "that is empty": "..",
    }


def _header(**members: str) -> str:
    return _encoded(json.dumps(members).encode())


def _hmac_signed(secret: bytes, header: dict[str, Any], payload: str) -> str:
    signed = f"{_header(**header)}.{payload}"  # by hand: PyJWT refuses to make such a thing
    return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
