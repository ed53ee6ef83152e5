"""Running programs, and saying what failed."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class CommandError(Exception):
    """A program ended with another status than 0; the text has the command and what it said."""


def run(command: Sequence[str | Path], *, stdin: str = "", environ: Mapping[str, str] | None = None) -> str:
    """What the command prints; `environ` comes on top of our own. Raises CommandError."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, input=stdin, capture_output=True, text=True, check=False, env={**os.environ, **(environ or {})}
    )
    if done.returncode != 0:
        raise CommandError(
            f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        )
    return done.stdout
