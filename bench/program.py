"""A real program's modules with the real go: what a first build costs behind each server, and the next one."""

import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.contenders import Contender
from bench.results import Row
from bench.scratch import scratch

MODULE, VERSION = "helm.sh/helm/v3", "v3.16.4"
PROGRAM = f'package main\n\nimport _ "{MODULE}/pkg/action"\n\nfunc main() {{}}\n'
DIRECT = "no proxy"


def upstream_of_go() -> str:
    """The first mirror that the go command of this machine is set up with, where a real program's modules are."""
    said = subprocess.run(["go", "env", "GOPROXY"], capture_output=True, text=True, check=True).stdout
    return said.strip().replace("|", ",").split(",")[0]


def program(contenders: Sequence[Contender], rounds: int) -> list[Row]:
    """From empty stores and an empty module cache, and again with an empty module cache, in interleaved rounds.

    Nothing is deleted before the end: some filesystems look for a place for each new file past all that went lately.
    """
    upstream = upstream_of_go()
    cold, cpu = Row("a program's modules, cold", "wall s"), Row("a program's modules, cold", "cpu s of the server")
    again = Row("… the same again", "wall s")
    zips, size = Row("zips kept for it", "number"), Row("kept for it", "MB")
    with ExitStack() as stack:
        for _ in range(rounds):
            cold.add(DIRECT, _resolve(upstream, scratch(stack)))
            for contender in contenders:
                folder = scratch(stack)
                with contender.start(folder, upstream) as process:
                    before = process.cpu_seconds()
                    cold.add(process.name, _resolve(process.url, scratch(stack)))
                    if process.pid:
                        cpu.add(process.name, process.cpu_seconds() - before)
                    again.add(process.name, _resolve(process.url, scratch(stack)))
                zips.add(process.name, len(_inodes(folder, "*.zip")))
                size.add(process.name, sum(_inodes(folder, "*").values()) / 1e6)
    return [cold, cpu, again, zips, size]


def _resolve(proxy: str, folder: Path) -> float:
    """Seconds that go takes to find and load everything that the program is built of."""
    (folder / "main").mkdir()
    (folder / "main" / "go.mod").write_text(f"module bench.example/program\n\ngo 1.22\n\nrequire {MODULE} {VERSION}\n")
    (folder / "main" / "main.go").write_text(PROGRAM)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GOMODCACHE": f"{folder}/cache",
        "GOPROXY": proxy,
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=mod -modcacherw",
    }
    begun = time.perf_counter()
    command = ["go", "list", "-deps", "./..."]
    done = subprocess.run(command, cwd=folder / "main", env=environ, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"{proxy}: {done.stderr}")
    return time.perf_counter() - begun


def _inodes(folder: Path, pattern: str) -> dict[int, int]:
    """Bytes by inode of what a server keeps: a file with two names is kept once."""
    return {
        status.st_ino: status.st_size for file in folder.rglob(pattern) if (status := file.lstat()) and file.is_file()
    }
