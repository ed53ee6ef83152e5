"""A terminal for tests: what a program writes to it, as it was written and as a person sees it."""

import os
import pty
import re
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


class Terminal:
    """A pseudo-terminal. What is written to `fd` can be read once `closed` has ended."""

    def __init__(self, columns: int) -> None:
        self._master, self.fd = pty.openpty()
        termios.tcsetwinsize(self.fd, (50, columns))
        self._written = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def close(self) -> None:
        """Nobody writes to it any more."""
        os.close(self.fd)
        self._reader.join()
        os.close(self._master)

    @property
    def written(self) -> str:
        """Everything, with what moves the cursor and changes colours."""
        return self._written.decode()

    @property
    def shown(self) -> str:
        """The characters alone."""
        return _CONTROL.sub("", self.written)

    def _read(self) -> None:
        while True:
            try:
                self._written += os.read(self._master, 65536)
            except OSError:  # EIO: the last writer has gone
                return


@contextmanager
def terminal(columns: int = 80) -> Iterator[Terminal]:
    """A terminal that is closed when the context ends; read it afterwards."""
    made = Terminal(columns)
    try:
        yield made
    finally:
        made.close()
