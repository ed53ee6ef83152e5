"""What an answer from memory costs, next to a bare ASGI application on the same server: a change of it is seen."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import pytest

from gomod_service.serve import ServerName
from tests.goproxy_server import GoProxyServer
from tests.ports import free_port, wait_until_listening
from tests.proxy.running import environment
from tests.proxy.test_process import started

BARE = Path(__file__).with_name("bare_app.py")
FILE = "/github.com/some/lib/@v/v1.0.0.info"

RECORDED: dict[ServerName, float] = {"granian": 1.36, "hypercorn": 1.17, "uvicorn": 0.52}
"""Our computing for a request by that of the bare application. A change that is worth more is recorded here anew."""

TOLERANCE = 1.25
ROUNDS, REQUESTS, CONNECTIONS = 12, 400, 8


@dataclass(frozen=True)
class Served:
    """A server process."""

    pid: int
    port: int

    def computed(self) -> int:
        """Nanoseconds of computing by all of its threads, so far; /proc/<pid>/stat would say it in hundredths."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

    def cost(self) -> float:
        """Microseconds of computing for a request, of REQUESTS on CONNECTIONS at once."""
        with ExitStack() as stack:
            clients = [http.client.HTTPConnection("127.0.0.1", self.port) for _ in range(CONNECTIONS)]
            for client in clients:
                stack.enter_context(closing(client))
            _ask(clients)
            before = self.computed()
            for _ in range(REQUESTS // CONNECTIONS):
                _ask(clients)
            return (self.computed() - before) / REQUESTS / 1000


def _ask(clients: list[http.client.HTTPConnection]) -> None:
    for client in clients:
        client.request("GET", FILE, headers={"Accept-Encoding": "gzip"})
    for client in clients:
        answer = client.getresponse()
        assert answer.status == 200
        answer.read()


@contextmanager
def bare(server: ServerName) -> Iterator[Served]:
    port = free_port()
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen([sys.executable, BARE, server, str(port)], env=environ) as process:
        try:
            wait_until_listening(port, running=lambda: process.poll() is None)
            yield Served(process.pid, port)
        finally:
            process.kill()


@contextmanager
def ours(server: ServerName, folder: Path) -> Iterator[Served]:
    changes = {"GOMOD_SERVER": server, "GOMOD_LOG_LEVEL": "info", "GOMOD_LOG_FORMAT": "json"}
    with GoProxyServer() as upstream, (folder / "log").open("wb") as log:
        upstream.add("github.com/some/lib", "v1.0.0")
        environ = environment(folder / "volume", upstream.url, **changes)
        with started(environ, log) as (process, url):
            port = urlsplit(url).port
            assert port is not None
            yield Served(process.pid, port)


@pytest.mark.parametrize("server", list(RECORDED))
def test_a_hit_costs_no_more_than_it_did(server: ServerName, tmp_path: Path) -> None:
    with bare(server) as least, ours(server, tmp_path) as hit:
        hit.cost()  # the first one is fetched, the second one comes from the store
        costs = [(hit.cost(), least.cost()) for _ in range(ROUNDS)]
    # Of neighbours in time: what else this machine does hits both, and the median forgets what hit one.
    ratio = median(cost / least for cost, least in costs)
    print(f"{server}: {ratio:.2f} of {[f'{ours:.0f}/{bare:.0f}' for ours, bare in costs]}")
    assert ratio < RECORDED[server] * TOLERANCE
