"""Servers as processes, and what they have cost: the whole tree of them, for some have children do the work."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.ports import wait_until_listening

_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME, _CUTIME, _CSTIME, _PPID = 11, 12, 13, 14, 1  # in /proc/<pid>/stat, from behind the name


class Process:
    """A server that runs; `pid` is 0 for one that somebody else started, whose costs are not known."""

    def __init__(self, name: str, url: str, pid: int) -> None:
        self.name = name
        self.url = url
        self.pid = pid

    def cpu_seconds(self) -> float:
        """Computing so far, children and those that have ended included."""
        return sum(_seconds(stat) for stat in self._tree().values())

    def peak_memory(self) -> int:
        """The most bytes that its processes had in memory, each at its own time."""
        return sum(_peak(pid) for pid in self._tree())

    def _tree(self) -> dict[int, list[str]]:
        stats = {int(each.name): stat for each in Path("/proc").glob("[0-9]*") if (stat := _stat(each))}
        tree = {pid: stat for pid, stat in stats.items() if pid == self.pid}
        while grown := {pid: stat for pid, stat in stats.items() if int(stat[_PPID]) in tree and pid not in tree}:
            tree |= grown
        return tree


@contextmanager
def started(name: str, command: list[str], url: str, environ: Mapping[str, str], log: Path) -> Iterator[Process]:
    """A server while it runs, from when it listens on; what it says goes to `log`."""
    with log.open("ab") as target:
        process = subprocess.Popen(command, env={"PATH": os.environ["PATH"], **environ}, stdout=target, stderr=target)
        try:
            port = urlsplit(url).port
            assert port is not None
            wait_until_listening(port, lambda: process.poll() is None)
            yield Process(name, url, process.pid)
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def timed_start(command: list[str], url: str, environ: Mapping[str, str], log: Path) -> Iterator[tuple[Process, float]]:
    """A server while it runs, and the seconds until it answered."""
    begun = time.perf_counter()
    with started("start", command, url, environ, log) as process:
        urlopen(f"{url}/healthz").close()  # it listens before it is ready
        yield process, time.perf_counter() - begun


def _stat(folder: Path) -> list[str]:
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _seconds(stat: list[str]) -> float:
    return sum(int(stat[field]) for field in (_UTIME, _STIME, _CUTIME, _CSTIME)) / _TICKS


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
