"""Ed25519 signatures with keys in PEM files, which openssl makes and checks as well."""

from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from gomod_service.settings import SettingsError


def read_private_key(file: Path) -> Ed25519PrivateKey:
    """The key that signs (`openssl genpkey -algorithm ed25519`). Raises SettingsError, with nothing of the key."""
    try:
        key = load_pem_private_key(_read(file), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{file} holds no private Ed25519 key in PEM without a password")
    return key


def read_public_key(file: Path) -> Ed25519PublicKey:
    """The key that checks (`openssl pkey -pubout`). Raises SettingsError."""
    try:
        key = load_pem_public_key(_read(file))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError(f"{file} holds no public Ed25519 key in PEM")
    return key


def is_signed(key: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether the signature holds."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"the key {file} can't be read: {error.strerror}") from error
