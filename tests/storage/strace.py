"""strace as a test tool: the numbered system calls of the driver, and the driver killed or failed at one of them."""

import compileall
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import gomod
import gomod_storage
from tests.storage import crash_driver

CHANGING = {
    *("openat", "mkdir", "write", "sendfile", "copy_file_range", "fsync", "fchmod", "chmod", "link"),
    *("rename", "truncate", "unlink", "unlinkat", "rmdir", "flock"),
}
"""What changes the disk or takes a lock. A kill at any other call leaves what a kill at the next of these leaves."""

_MARKING = "newfstatat"
_LINE = re.compile(r"\d+ +(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+|\?).*")


@dataclass(frozen=True, slots=True)
class Call:
    """One system call between the driver's marks, the `number`th of its name since the program began."""

    name: str
    number: int
    arguments: str
    result: str

    def __str__(self) -> str:
        return f"{self.name}#{self.number}({self.arguments})"

    @property
    def paths(self) -> list[str]:
        """The paths that the call names, be it in quotes or by a descriptor that is open on them."""
        return re.findall(r'"(/[^"]*)"', self.arguments) or re.findall(r"\d<(/[^>]*)>", self.arguments)


@dataclass(frozen=True, slots=True)
class Program:
    """The driver with its arguments, and the packages that it is made of."""

    packages: Path
    arguments: tuple[str, ...]

    def calls(self, log: Path) -> list[Call]:
        """Run to the end, and return every changing call between the marks."""
        trace = f"trace={','.join([*sorted(CHANGING), _MARKING])}"
        ended = self._run("--seccomp-bpf", "-y", "-s", "300", "-o", str(log), "-e", trace)
        assert ended.returncode in (0, crash_driver.REFUSED), ended.stdout + ended.stderr
        counts = dict.fromkeys(CHANGING | {_MARKING}, 0)
        calls: list[Call] = []
        inside = False
        for match in map(_LINE.fullmatch, log.read_text().splitlines()):
            assert match is not None
            counts[match["name"]] += 1
            if match["name"] != _MARKING and inside:
                calls.append(Call(match["name"], counts[match["name"]], match["arguments"], match["result"]))
            inside = (inside or str(crash_driver.BEGIN) in match[0]) and str(crash_driver.END) not in match[0]
        return calls

    def killed_at(self, call: Call) -> None:
        """Run until the call, which is not made any more."""
        ended = self._inject(call, "signal=KILL")
        assert ended.returncode == -signal.SIGKILL, f"not killed at {call}"

    def failed_at(self, call: Call, error: str) -> subprocess.CompletedProcess[str]:
        """Run to the end, with the call refused."""
        # The option makes it much faster, but strace 6.1 then delivers no signals.
        return self._inject(call, f"error={error}", "--seccomp-bpf")

    def _inject(self, call: Call, fault: str, *options: str) -> subprocess.CompletedProcess[str]:
        inject = f"inject={call.name}:{fault}:when={call.number}"
        return self._run(*options, "-o", os.devnull, "-e", f"trace={call.name}", "-e", inject)

    def _run(self, *options: str) -> subprocess.CompletedProcess[str]:
        # Without the site module, so that the interpreter starts quickly.
        command = ["strace", "-f", "-qq", *options, sys.executable, "-S", crash_driver.__file__, *self.arguments]
        environ = {"PYTHONPATH": str(self.packages), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)


def freeze_packages(folder: Path) -> None:
    """A compiled copy of the packages under test: that somebody edits or compiles them meanwhile changes no number."""
    for package in (gomod, gomod_storage):
        source = Path(package.__path__[0])
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    compileall.compile_dir(folder, quiet=2)


def require() -> None:
    """Skip the test when there is no strace that may trace."""
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    if subprocess.run(["strace", "-f", "-qq", "-o", os.devnull, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs strace to be allowed to trace (CAP_SYS_PTRACE in a container)")
