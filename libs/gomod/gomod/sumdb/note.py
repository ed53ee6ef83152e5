"""Signed notes: a text, and under a blank line who signed it (golang.org/x/mod/sumdb/note)."""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from gomod.errors import Malformed, UpstreamError
from gomod.sumdb.errors import Disproved

_ED25519 = b"\x01"
_PUBLIC_KEY_BYTES = 32
_KEY_ID_BYTES = 4
_MAX_SIGNATURES = 100  # each may cost a verification

_NAME = r"([^\s+]+)"
_BASE64 = r"((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"
_KEY = re.compile(rf"{_NAME}\+([0-9a-fA-F]{{8}})\+{_BASE64}")
_SIGNATURE = re.compile(rf"— {_NAME} {_BASE64}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")  # all but the newline


class Verify(Protocol):
    """Ed25519, which the standard library lacks: whoever builds a client brings it."""

    def __call__(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature holds. Never raises for a wrong one, whatever its length."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A database's name and public key, as in GOSUMDB: `name+id+key`."""

    name: str
    id: bytes  # 4 bytes that name and key determine; notes name the signing key by them
    public_key: bytes

    def __str__(self) -> str:
        encoded = base64.b64encode(_ED25519 + self.public_key).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart; nothing in it has been verified."""

    text: bytes  # what is signed, its last newline included
    signatures: tuple[Signature, ...]


def parse_key(text: str) -> VerifierKey:
    """Read `name+id+key`. Raises Malformed, also when the id is not that of the name and the key."""
    match = _KEY.fullmatch(text)
    if match is None:
        raise Malformed(f"verifier key {text!r}: expected <name>+<8 hexadecimal digits>+<base64>")
    name, key_id, encoded = match.groups()
    key = base64.b64decode(encoded)
    if bytes.fromhex(key_id) != _key_id(name, key):
        raise Malformed(f"verifier key {text!r}: {key_id} is not the id of that name and key")
    if key[:1] != _ED25519 or len(key) != 1 + _PUBLIC_KEY_BYTES:
        raise Malformed(f"verifier key {text!r}: not an Ed25519 key, the only kind that there is")
    return VerifierKey(name, bytes.fromhex(key_id), key[1:])


def parse_note(message: bytes) -> Note:
    """Take a signed note apart. Raises UpstreamError when it is none."""
    try:
        decoded = message.decode()
    except UnicodeDecodeError as error:
        raise UpstreamError("malformed note: not UTF-8") from error
    if _CONTROL.search(decoded):
        raise UpstreamError("malformed note: control characters")
    text, blank_line, lines = decoded.rpartition("\n\n")
    if not blank_line or not lines.endswith("\n"):
        raise UpstreamError("malformed note: no signatures under a blank line")
    signatures = lines.removesuffix("\n").split("\n")
    if len(signatures) > _MAX_SIGNATURES:
        raise UpstreamError(f"malformed note: more than {_MAX_SIGNATURES} signatures")
    return Note(f"{text}\n".encode(), tuple(map(_parse_signature, signatures)))


def open_note(message: bytes, key: VerifierKey, verify: Verify) -> bytes:
    """The text of a note that the key has signed. Raises UpstreamError for no note, Disproved without that signature.

    Signatures of other keys prove nothing and harm nothing. Of several by our key the first one counts.
    """
    note = parse_note(message)
    for each in note.signatures:
        if (each.name, each.key_id) == (key.name, key.id):
            if not verify(key.public_key, note.text, each.signature):
                raise Disproved(f"invalid signature of {key.name}+{key.id.hex()}")
            return note.text
    signers = ", ".join(f"{each.name}+{each.key_id.hex()}" for each in note.signatures)
    raise Disproved(f"not signed by {key.name}+{key.id.hex()}, only by {signers}")


def _parse_signature(line: str) -> Signature:
    match = _SIGNATURE.fullmatch(line)
    if match is None:
        raise UpstreamError(f"malformed note: {line!r} is not a signature")
    name, encoded = match.groups()
    signature = base64.b64decode(encoded)
    if len(signature) <= _KEY_ID_BYTES:
        raise UpstreamError("malformed note: a signature of no bytes")
    return Signature(name, signature[:_KEY_ID_BYTES], signature[_KEY_ID_BYTES:])


def _key_id(name: str, key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:_KEY_ID_BYTES]
