"""What the person at the terminal sees: every process's lines behind its name, in a colour of its own on a terminal."""

import os
import sys
import threading

_COLOURS = {"uploader": 33, "proxy": 36, "gateway": 35}  # yellow, cyan, magenta (ECMA-48 SGR)
_WIDTH = max(map(len, _COLOURS))


class Log:
    """Writes to standard error: standard output is for the lines to paste."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coloured = sys.stderr.isatty() and "NO_COLOR" not in os.environ

    def line(self, name: str, text: str) -> None:
        """One line that the process `name` printed."""
        prefix = f"{name:<{_WIDTH}} |"
        if self._coloured and name in _COLOURS:
            prefix = f"\x1b[{_COLOURS[name]}m{prefix}\x1b[0m"
        with self._lock:
            print(prefix, text, file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """One line of scripts/up itself."""
        with self._lock:
            print(f"scripts/up: {text}", file=sys.stderr, flush=True)
