"""A stock Athens, as a process on loopback."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from scripts.local.venv import tool
from tests.ports import free_port
from tests.waiting import wait_for


@contextmanager
def running_athens(program: Path, root: Path, home: Path, upstream: str, **changes: str) -> Iterator[httpx.Client]:
    """An Athens on the volume `root` whose go asks `upstream`; yields a client of it."""
    address = f"127.0.0.1:{free_port()}"
    home.mkdir(parents=True, exist_ok=True)
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GO_ENV": "production",
        "GO_BINARY_PATH": str(tool("go")),
        "ATHENS_GO_BINARY_ENV_VARS": f"GOPROXY={upstream};GONOSUMDB=*;GOTOOLCHAIN=local;GOFLAGS=-modcacherw",
        "ATHENS_PORT": address,
        "ATHENS_STORAGE_TYPE": "disk",
        "ATHENS_DISK_STORAGE_ROOT": str(root),
        "ATHENS_DOWNLOAD_MODE": "sync",
        "ATHENS_NETWORK_MODE": "strict",
        **changes,
    }
    log = home / "athens.log"
    with log.open("w") as output:
        process = subprocess.Popen([program], env=variables, cwd=home, stdout=output, stderr=subprocess.STDOUT)
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=60) as client:
            wait_for(lambda: _answers(process, client, log), "Athens")
            yield client
    finally:
        process.terminate()
        process.wait()


def _answers(process: "subprocess.Popen[bytes]", client: httpx.Client, log: Path) -> bool:
    if process.poll() is not None:
        raise ChildProcessError(f"Athens ended with {process.returncode}: {log.read_text()}")
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False
