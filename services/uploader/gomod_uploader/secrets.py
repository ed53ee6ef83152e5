"""Finds what looks like a secret in a module's files; it tells where, and never what it says."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from gomod.modzip import CheckedZip
from gomod_uploader.small_files import small_files

# Secrets stand in small files. Looking costs time, so it ends somewhere.
LARGEST_FILE = 1024 * 1024
MOST_BYTES = 64 * 1024 * 1024

_KINDS = {
    "private_key": ("a private key", rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----"),
    "aws": ("an AWS access key", rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "github": ("a GitHub token", rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})"),
    "gitlab": ("a GitLab token", rb"\bglpat-[A-Za-z0-9_-]{20}"),
    "slack": ("a Slack token", rb"\bxox[abposr]-[A-Za-z0-9-]{10}"),
    "google": ("a Google API key", rb"\bAIza[0-9A-Za-z_-]{35}\b"),
    "ours": ("a token of this registry", rb"\bgomod_[A-Za-z0-9_-]{43}"),
}
_SECRET = re.compile(b"|".join(b"(?P<%b>%b)" % (name.encode(), regex) for name, (_, regex) in _KINDS.items()))
_NAMES = re.compile(
    r"[._]netrc|\.git-credentials|\.env|\.htpasswd|id_(rsa|dsa|ecdsa|ed25519)|.*\.(p12|pfx|jks|keystore|kdbx)",
    re.IGNORECASE,
)


def secrets_in(archive: CheckedZip, path: Path) -> Iterator[tuple[str, str]]:
    """Where (a file, or `file:line`) and what it looks like. `path` is the zip. Raises OSError."""
    for file in archive.files:
        if _NAMES.fullmatch(PurePosixPath(file.path).name):
            yield file.path, "a file of credentials"
    prefix = f"{archive.module}/"
    for name, data in small_files(path, LARGEST_FILE, MOST_BYTES):
        for line, what in _secrets_in(data):
            yield f"{name.removeprefix(prefix)}:{line}", what


def _secrets_in(data: bytes) -> Iterator[tuple[int, str]]:
    """The line of the first secret of each kind."""
    seen = set()
    for match in _SECRET.finditer(data):
        kind = match.lastgroup or ""  # every alternative has a name
        if kind not in seen:
            seen.add(kind)
            yield data.count(b"\n", 0, match.start()) + 1, _KINDS[kind][0]
