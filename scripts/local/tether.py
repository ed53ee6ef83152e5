"""Become another program that is sent SIGTERM when its parent dies: `tether.py PARENT_PID PROGRAM [ARGUMENT ...]`.

The kernel's parent-death signal is the only notice that also comes when the parent is killed with SIGKILL. It is asked
for here, between fork and exec, because Python code in a forked child of a process with threads is not safe. Where the
kernel has no such signal (macOS), the parent's own clean-up is all there is.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Never returns."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        if os.getppid() != parent:
            sys.exit("the parent died before its child could begin")
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
