"""Running programs, for a limited time, and saying what failed."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

SECONDS = 300.0  # what takes longer hangs; the slowest of all, on a busy machine, takes a third


class CommandError(Exception):
    """A program ended with another status than 0, or not in time; the text has the command and what it said."""


def run(command: Sequence[str | Path], *, stdin: str = "", environ: Mapping[str, str] | None = None) -> str:
    """What the command prints; `environ` comes on top of our own. Raises CommandError."""
    words = [str(word) for word in command]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environ or {})},
        start_new_session=True,
    ) as process:
        try:
            output, complaints = process.communicate(stdin, timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            so_far = error.output or b""  # bytes, whatever was asked for
            raise CommandError(f"{' '.join(words)} did not end in {SECONDS:g} s; it said:\n{so_far!r:.4000}") from error
        finally:
            if process.poll() is None:
                # With everything that it started: a child left alone would hold our pipe open, and us.
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0:
        raise CommandError(f"{' '.join(words)} ended with {process.returncode}:\n{output[-4000:]}{complaints[-4000:]}")
    return output
