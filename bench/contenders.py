"""Who is measured: our proxy on each of its servers, nginx on the same files as the limit, peers by command or URL."""

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Process, started
from tests.ports import free_port

PRIVATE = "go.corp.example"


@dataclass(frozen=True, slots=True)
class Contender:
    """A server that can be started, each time on an empty store."""

    name: str
    start: Callable[[Path, str], AbstractContextManager[Process]]
    """`start(folder, upstream)`: all that it keeps goes into the folder."""


def ours(server: str) -> Contender:
    """Our proxy, with all that it does by default: the access log is written, to a file."""

    @contextmanager
    def start(folder: Path, upstream: str) -> Iterator[Process]:
        port = free_port()
        environ = proxy_environ(folder / "volume", upstream, port) | {"GOMOD_SERVER": server}
        with started(server, PROXY, f"http://127.0.0.1:{port}", environ, folder / "log") as process:
            yield process

    return Contender(server, start)


PROXY = [sys.executable, "-m", "gomod_proxy"]


def proxy_environ(volume: Path, upstream: str, port: int) -> dict[str, str]:
    """What our proxy needs."""
    return {
        "GOMOD_BIND": f"127.0.0.1:{port}",
        "GOMOD_ADMIN_BIND": f"127.0.0.1:{free_port()}",
        "GOMOD_STORAGE_URL": volume.as_uri(),
        "GOMOD_PRIVATE_PATTERNS": f"{PRIVATE}/*",
        "GOMOD_PUBLIC_URL": f"http://{PRIVATE}",
        "GOMOD_LOG_LEVEL": "info",
        "GOMOD_LOG_FORMAT": "json",
        "GOMOD_UPSTREAMS": upstream,
        "GOMOD_NETWORK_MODE": "fallback",
        "GOMOD_SUMDBS": "off",
    }


def nginx(tree: Path) -> Contender:
    """nginx on the corpus itself: it has nothing to fetch or to keep, which nobody can be cheaper than."""

    @contextmanager
    def start(folder: Path, _: str) -> Iterator[Process]:
        with nginx_on(tree, folder) as process:
            yield process

    return Contender("nginx", start)


@contextmanager
def nginx_on(tree: Path, folder: Path) -> Iterator[Process]:
    """nginx on a tree of files; `requests.log` in the folder has a line for each request."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise FileNotFoundError("nginx is not installed")
    port = free_port()
    user = "user root; " if os.geteuid() == 0 else ""  # else its worker is somebody who can't read the folder
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ sendfile on; tcp_nopush on; client_body_temp_path {folder}/b;\n"
        f"access_log {folder}/requests.log; keepalive_requests 1000000000;\n"
        f"server {{ listen 127.0.0.1:{port} backlog=1024; root {tree}; }} }}\n"
    )
    command = [program, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    with started("nginx", command, f"http://127.0.0.1:{port}", {}, folder / "log") as process:
        yield process


def peer(text: str) -> Contender:
    """`NAME=COMMAND` with {port}, {upstream} and {folder} in it, or `NAME=URL`. Raises ValueError."""
    name, equals, what = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r}: expected NAME=COMMAND or NAME=URL")

    @contextmanager
    def start(folder: Path, upstream: str) -> Iterator[Process]:
        if what.startswith("http://"):
            yield Process(name, what.rstrip("/"), 0)
            return
        port = free_port()
        command = shlex.split(what.format(port=port, upstream=upstream, folder=folder))
        environ = {"HOME": str(folder), "GOPROXY": upstream, "GONOSUMDB": "*", "GOFLAGS": "-modcacherw"}
        with started(name, command, f"http://127.0.0.1:{port}", environ, folder / "log") as process:
            yield process

    return Contender(name, start)
