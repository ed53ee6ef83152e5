"""Child processes: what they print is seen, and none of them outlives us."""

import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.local.processes import Process

STUBBORN = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
signal.pause()
"""
SAY_LEAVING = r'os.write(1, b"leaving\n")'  # not print, which may be at work just then
POLITE = f"""
import os, signal, sys
def leave(*_): {SAY_LEAVING}; sys.exit(7)
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
signal.pause()
"""


class Lines:
    """Collects what a process prints, to be waited for."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __call__(self, name: str, line: str) -> None:
        self.queue.put(f"{name}: {line}")

    def next(self) -> str:
        return self.queue.get(timeout=20)


def python(name: str, code: str, lines: Lines) -> Process:
    return Process(name, [sys.executable, "-c", code], os.environ, on_line=lines)


def test_what_it_prints_is_seen_while_it_runs_and_it_ends_in_its_own_way() -> None:
    lines = Lines()
    child = python("child", POLITE, lines)
    assert lines.next() == "child: ready"
    assert child.running()
    assert child.stop(20) == 7
    assert lines.next() == "child: leaving"
    assert not child.running()


def test_what_does_not_end_is_killed() -> None:
    lines = Lines()
    child = python("child", STUBBORN, lines)
    assert lines.next() == "child: ready"
    assert child.stop(0.2) == -signal.SIGKILL


def test_an_end_that_nobody_asked_for_is_told() -> None:
    ended: queue.SimpleQueue[str] = queue.SimpleQueue()
    child = Process(
        "child", [sys.executable, "-c", "raise SystemExit(3)"], os.environ, on_line=Lines(), on_exit=ended.put
    )
    assert ended.get(timeout=20) == "child"
    assert child.wait(20) == 3


def test_it_has_a_process_group_of_its_own() -> None:
    # A Ctrl-C at the terminal goes to our group: children must not stop in whatever order it reaches them.
    lines = Lines()
    child = python("child", POLITE, lines)
    assert lines.next() == "child: ready"
    assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    child.stop(20)


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_a_child_ends_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "child-ended"
    child_code = POLITE.replace(SAY_LEAVING, f"open({str(note)!r}, 'w').close()")
    parent_code = f"""
import os, sys, time
from scripts.local.processes import Process
def line(name, text): print(child.pid, flush=True)
child = Process("child", [sys.executable, "-c", {child_code!r}], os.environ, on_line=line)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child_pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while not note.exists():
        assert time.monotonic() < deadline, f"process {child_pid} outlived its parent"
        time.sleep(0.02)
