"""Ed25519, which the standard library lacks and gomod.sumdb leaves to whoever uses it."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature holds (gomod.sumdb.note.Verify)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):  # the latter for 32 bytes that are no point of the curve
        return False
    return True
