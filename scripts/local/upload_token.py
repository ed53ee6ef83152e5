"""The upload token of this machine, made when the registry runs for the first time."""

import os
import subprocess
from pathlib import Path

from scripts.local.venv import tool

_NAME = "scripts-up"
_DAYS = "3650"  # it opens a registry that only this machine reaches


class TokenError(Exception):
    """The token could not be made."""


def upload_token(tokens_file: Path, secret_file: Path, patterns: str) -> str:
    """The secret; `tokens_file`, which the uploader reads, knows only its hash. Raises TokenError."""
    if tokens_file.exists() and secret_file.exists():
        return secret_file.read_text().strip()
    tokens_file.unlink(missing_ok=True)
    globs = patterns.split(",")
    ended = subprocess.run(
        [str(tool("gomod-token")), "new", _NAME, "--days", _DAYS, "--file", str(tokens_file), "--modules", *globs],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise TokenError(f"gomod-token failed: {ended.stderr.strip()}")
    secret = ended.stdout.strip()
    secret_file.unlink(missing_ok=True)
    with os.fdopen(os.open(secret_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{secret}\n")
    return secret
