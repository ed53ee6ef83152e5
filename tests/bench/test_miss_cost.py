"""What keeping a public module costs a volume, in system calls and inodes: a change of it is seen.

On a volume that is shared over a network each call may be a round trip; on a disk of one's own a new inode is the
dearest part of all (docs/performance.md).
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.storage import strace

DRIVER = Path(__file__).with_name("miss_driver.py")

CALLS, INODES = 183, 14
"""Of each module beside others, on record. Whoever comes to need fewer writes that here; whoever more, a reason too."""

TOLERANCE = 1.1

OF_FILES = "%file,%desc"
NOT_OF_FILES = {"epoll_wait", "epoll_ctl", "mmap", "munmap", "total"}  # of the loop and of memory, as chance has it


@dataclass(frozen=True)
class Cost:
    """What a run of the driver did."""

    calls: int
    inodes: int


@pytest.fixture(autouse=True)
def _strace() -> None:
    strace.require()


def cost(folder: Path, modules: int) -> Cost:
    root, log = folder / f"volume-{modules}", folder / f"log-{modules}"
    command = ["strace", "-f", "-qq", "-c", "-U", "calls,name", "-e", f"trace={OF_FILES}", "-o", str(log)]
    subprocess.run([*command, sys.executable, str(DRIVER), str(root), str(modules)], check=True, timeout=120)
    lines = [line.split() for line in log.read_text().splitlines()]
    counts = {line[1]: int(line[0]) for line in lines if line[0].isdigit()}
    calls = sum(count for name, count in counts.items() if name not in NOT_OF_FILES)
    return Cost(calls, len({file.stat().st_ino for file in root.rglob("*")}))


def test_a_public_module_costs_as_many_calls_and_inodes_as_are_on_record(tmp_path: Path) -> None:
    one, eleven = cost(tmp_path, 1), cost(tmp_path, 11)
    calls, inodes = (eleven.calls - one.calls) / 10, (eleven.inodes - one.inodes) / 10
    assert inodes == INODES
    assert CALLS / TOLERANCE <= calls <= CALLS * TOLERANCE
