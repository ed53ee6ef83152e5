"""What more stored versions cost: the same requests on a volume with few and on one with many."""

import json
import os
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.contenders import PRIVATE, PROXY, proxy_environ
from bench.corpus import TIME, go_mod, write_zip
from bench.load import fetch_all, wrk
from bench.processes import timed_start
from bench.results import Row
from bench.scratch import scratch
from gomod.module import ModuleVersion
from gomod_storage.places import Places
from tests.ports import free_port

FEW, MANY = 100, 100_000
EACH = 20  # versions of a module: there are 5,000 of them
ASKED = f"{PRIVATE}/m0"

REQUESTS = {
    "own @v/list": f"/{ASKED}/@v/list",
    "own @latest": f"/{ASKED}/@latest",
    "first page of the catalog, 50 entries": "/catalog?pagesize=50",
    "last page of the catalog": "/catalog?pagesize=50&token={last}",
    "newest 50 of the index": "/index?limit=50&since={since}",
}


def fill(root: Path, count: int) -> None:
    """Put `count` versions on a volume as a store leaves them, but for their projection: no request here needs it."""
    places = Places(root)
    files = root / ".source"
    files.mkdir(parents=True)
    lines = []
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    for number in range(count):
        module = ModuleVersion(f"{PRIVATE}/m{number // EACH}", f"v1.{number % EACH}.0")
        if number % EACH == 0:
            # Of each module's files there is one; how often a file may be linked is limited.
            (files / "mod").unlink(missing_ok=True)
            (files / "mod").write_bytes(go_mod(module.path))
            (files / "zip").unlink(missing_ok=True)
            write_zip(files / "zip", module.path, "v1.0.0", 1000)
        folder = places.version(module)
        folder.mkdir(parents=True)
        (folder / "go.mod").hardlink_to(files / "mod")
        (folder / "source.zip").hardlink_to(files / "zip")
        (folder / f"{module.version}.info").write_text(json.dumps({"Version": module.version, "Time": TIME}))
        stamp = f"{begin + timedelta(seconds=number):%Y-%m-%dT%H:%M:%S.%fZ}"
        lines.append(f'{{"Path":"{module.path}","Version":"{module.version}","Timestamp":"{stamp}"}}\n')
    places.index.write_text("".join(lines))


def growth(rounds: int, seconds: int) -> list[Row]:
    """Rows of two columns, `100` and `100,000` stored versions."""
    cpu = {title: Row(title, "cpu µs") for title in REQUESTS}
    start = Row("start-up", "wall s")
    with ExitStack() as stack:
        volumes = {count: scratch(stack) / "volume" for count in (FEW, MANY)}
        for count, volume in volumes.items():
            fill(volume, count)
        os.sync()
        for _ in range(rounds):
            for count, volume in volumes.items():
                _measure(volume, count, cpu, start, seconds)
    return [*cpu.values(), start]


def _measure(volume: Path, count: int, cpu: dict[str, Row], start: Row, seconds: int) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environ = proxy_environ(volume, "off", port) | {"GOMOD_SERVER": "uvicorn"}
    last = f"{PRIVATE}/m{count // EACH - 1}@v1.0.0"
    since = f"{datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=count - 51):%Y-%m-%dT%H:%M:%SZ}"
    with TemporaryDirectory() as scratch, timed_start(PROXY, url, environ, Path(scratch) / "log") as (process, took):
        start.add(f"{count:,}", took)
        for title, template in REQUESTS.items():
            path = template.format(last=last, since=since)
            fetch_all(url, (path,), Path(scratch))
            before = process.cpu_seconds()
            load = wrk(f"{url}{path}", 8, seconds)
            cpu[title].add(f"{count:,}", (process.cpu_seconds() - before) / load.requests * 1e6)
