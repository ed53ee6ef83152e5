"""Child processes that end when we end, whatever ends us."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_TETHER = Path(__file__).with_name("tether.py")


class Process:
    """One running program, in a process group of its own: a Ctrl-C at the terminal reaches us alone, and we decide."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        *,
        on_line: Callable[[str, str], None],
        on_exit: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Start it. `on_line(name, line)` gets what it prints, `on_exit(name)` is called once; both in a thread."""
        self.name = name
        self._on_line = on_line
        self._on_exit = on_exit
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *command],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        self._reader = threading.Thread(target=self._read, name=f"log of {name}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The program's own process id: the tether has become it."""
        return self._child.pid

    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._child.poll() is None

    def ask_to_stop(self) -> None:
        """Send SIGTERM, unless it has ended."""
        self._child.terminate()

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended."""
        self._child.kill()

    def wait(self, seconds: float) -> int:
        """Its exit status (negative: the signal) once it has ended; it is killed if it takes longer than `seconds`."""
        try:
            status = self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self._child.kill()
            status = self._child.wait()
        self._reader.join()
        return status

    def stop(self, seconds: float) -> int:
        """Ask it to stop and wait for it. Returns its exit status."""
        self.ask_to_stop()
        return self.wait(seconds)

    def _read(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as lines:
            for line in lines:
                self._on_line(self.name, line.decode(errors="replace").rstrip("\n"))
        self._on_exit(self.name)
