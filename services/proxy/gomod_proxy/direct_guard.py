"""Run a command, and end all that it started when it ends, or when standard input does: `direct_guard.py COMMAND...`.

A program of its own, between the proxy and go: the proxy holds the other end of standard input, so it ends the command
by closing it, and the kernel does so in its place when the proxy is killed. Whatever the command leaves behind, even in
another process group, becomes a child of this process (Linux: a "child subreaper"), is killed, and is waited for. Once
this process is gone, all are. It is run with `python -I -S`, and knows nothing but the standard library.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def main() -> int:
    """Returns the command's exit status."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, process_group=0)
    threading.Thread(target=_kill_at_the_end_of_input, args=[command.pid], daemon=True).start()
    status = command.wait()
    _end_the_rest()
    return status


def _kill_at_the_end_of_input(group: int) -> None:
    os.read(sys.stdin.fileno(), 1)
    with suppress(ProcessLookupError):  # it has just ended by itself
        os.killpg(group, signal.SIGKILL)


def _end_the_rest() -> None:
    while True:
        for child in _children():
            os.kill(child, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def _children() -> Iterator[int]:
    for thread in Path("/proc/self/task").glob("*/children"):
        yield from map(int, thread.read_text().split())


if __name__ == "__main__":
    sys.exit(main())
