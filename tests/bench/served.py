"""Server processes under test, and what they have computed."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gomod_service.serve import ServerName
from tests.ports import free_port, wait_until_listening
from tests.proxy.running import environment
from tests.proxy.test_process import started

CONNECTIONS = 8


@dataclass(frozen=True)
class Served:
    """A server process."""

    pid: int
    port: int

    def computed(self) -> int:
        """Nanoseconds of computing by all of its threads, so far; /proc/<pid>/stat would say it in hundredths."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

    def cost(self, paths: Sequence[str]) -> float:
        """Microseconds of computing for each of these files, but the first few, which open the CONNECTIONS."""
        with ExitStack() as stack:
            clients = [http.client.HTTPConnection("127.0.0.1", self.port) for _ in range(CONNECTIONS)]
            for client in clients:
                stack.enter_context(closing(client))
            _ask(clients, paths[:CONNECTIONS])
            before = self.computed()
            for first in range(CONNECTIONS, len(paths), CONNECTIONS):
                _ask(clients, paths[first : first + CONNECTIONS])
            return (self.computed() - before) / (len(paths) - CONNECTIONS) / 1000


def _ask(clients: Sequence[http.client.HTTPConnection], paths: Sequence[str]) -> None:
    for client, path in zip(clients, paths, strict=False):
        client.request("GET", path, headers={"Accept-Encoding": "gzip"})
    for client, path in zip(clients, paths, strict=False):
        answer = client.getresponse()
        assert answer.status == 200, path
        answer.read()


@contextmanager
def bare(script: str, *arguments: str) -> Iterator[Served]:
    """A program beside this file, which is told its port last."""
    port = free_port()
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments, str(port)]
    with subprocess.Popen(command, env=environ) as process:
        try:
            wait_until_listening(port, running=lambda: process.poll() is None)
            yield Served(process.pid, port)
        finally:
            process.kill()


@contextmanager
def ours(server: ServerName, folder: Path, upstream: str) -> Iterator[Served]:
    """Our proxy, which writes its log to a file, as one in production does."""
    changes = {"GOMOD_SERVER": server, "GOMOD_LOG_LEVEL": "info", "GOMOD_LOG_FORMAT": "json"}
    environ = environment(folder / "volume", upstream, **changes)
    with (folder / "log").open("wb") as log, started(environ, log) as (process, url):
        port = urlsplit(url).port
        assert port is not None
        yield Served(process.pid, port)
