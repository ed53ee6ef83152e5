"""What it costs to serve: the same files from every server, warm and cold, in interleaved rounds."""

import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.contenders import Contender
from bench.corpus import LONG, SMALL, ZIP_32K, ZIP_3600K, Corpus
from bench.load import fetch_all, wrk
from bench.processes import Process
from bench.results import Row
from bench.scratch import scratch

WARM = {
    ".info warm": f"/{SMALL}/@v/v1.0.0.info",
    ".mod warm": f"/{SMALL}/@v/v1.0.0.mod",
    "32 KB .zip warm": f"/{ZIP_32K}/@v/v1.0.0.zip",
    "3.6 MB .zip warm": f"/{ZIP_3600K}/@v/v1.0.0.zip",
    "@v/list warm": f"/{SMALL}/@v/list",
    "@latest warm": f"/{SMALL}/@latest",
    "@v/list of 10,000 versions": f"/{LONG}/@v/list",
}
CLIENTS = 20
MANY_CONNECTIONS = 200


def warm(contenders: Sequence[Contender], upstream: str, rounds: int, seconds: int) -> list[Row]:
    """Computing for each request, and how long requests take under many connections."""
    cpu = {title: Row(title, "cpu µs") for title in WARM}
    p50 = Row(f".info, {MANY_CONNECTIONS} connections", "p50 ms")
    p99 = Row(f".info, {MANY_CONNECTIONS} connections", "p99 ms")
    rate = Row(f".info, {MANY_CONNECTIONS} connections", "µs a request, wall")
    memory = Row("peak memory", "MiB")
    with ExitStack() as stack:
        running = [_start(each, upstream, stack) for each in contenders]
        for process in running:
            for _ in range(2):
                fetch_all(process.url, tuple(WARM.values()), scratch(stack))
        for _ in range(rounds):
            for title, path in WARM.items():
                for process in running:
                    before = process.cpu_seconds()
                    load = wrk(f"{process.url}{path}", 16, seconds)
                    if process.pid:
                        cpu[title].add(process.name, (process.cpu_seconds() - before) / load.requests * 1e6)
            for process in running:
                load = wrk(f"{process.url}{WARM['.info warm']}", MANY_CONNECTIONS, seconds)
                p50.add(process.name, load.p50)
                p99.add(process.name, load.p99)
                rate.add(process.name, load.seconds / load.requests * 1e6)
        for process in running:
            if process.pid:
                memory.add(process.name, process.peak_memory() / (1 << 20))
    return [*cpu.values(), p50, p99, rate, memory]


def cold(contenders: Sequence[Contender], upstream: str, corpus: Corpus, rounds: int) -> list[Row]:
    """Many modules that nobody asked for before, and the same again.

    Nothing is deleted before the end: some filesystems look for a place for each new file past all that went lately.
    """
    wall, cpu = Row("181 modules cold", "wall s"), Row("181 modules cold", "cpu s")
    again, memory = Row("181 modules warm", "wall s"), Row("peak memory, 181 modules", "MiB")
    with ExitStack() as stack:
        for contender in [*contenders] * rounds:
            folder = scratch(stack)
            with contender.start(scratch(stack), upstream) as process:
                before, begun = process.cpu_seconds(), time.perf_counter()
                fetch_all(process.url, corpus.many, folder)
                wall.add(process.name, time.perf_counter() - begun)
                if process.pid:
                    cpu.add(process.name, process.cpu_seconds() - before)
                begun = time.perf_counter()
                fetch_all(process.url, corpus.many, folder)
                again.add(process.name, time.perf_counter() - begun)
                if process.pid:
                    memory.add(process.name, process.peak_memory() / (1 << 20))
    return [wall, cpu, again, memory]


def together(contenders: Sequence[Contender], upstream: Process, log: Path) -> Row:
    """How often upstream is asked for the files of one module that many clients want at once."""
    row = Row(f"{CLIENTS} clients, one cold module", "requests upstream")
    for contender in contenders:
        with ExitStack() as stack:
            process = _start(contender, upstream.url, stack)
            before = _asked(log)
            for kind in ("info", "mod", "zip"):
                url = f"{process.url}/{ZIP_3600K}/@v/v1.0.0.{kind}"
                clients = [subprocess.Popen(["curl", "-sfo", "/dev/null", url]) for _ in range(CLIENTS)]
                if any(client.wait() for client in clients):
                    raise ValueError(f"{url}: not every client was answered")
            row.add(process.name, _asked(log) - before)
    return row


def _asked(log: Path) -> int:
    return sum(f"/{ZIP_3600K}/@v/v1.0.0." in line for line in log.read_text().splitlines())


def _start(contender: Contender, upstream: str, stack: ExitStack) -> Process:
    return stack.enter_context(contender.start(scratch(stack), upstream))
