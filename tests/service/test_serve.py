"""A service as a process: how it starts, refuses to start, and stops."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import httpx
import pytest

from gomod.errors import Unavailable
from gomod_service.serve import ServerName, bound_socket

TINY = Path(__file__).with_name("tiny_service.py")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=20).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(params=get_args(ServerName))
def environ(tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    return {
        "TINY_SERVER": request.param,
        "PATH": os.environ["PATH"],
        "GOMOD_BIND": f"127.0.0.1:{free_port()}",
        "GOMOD_ADMIN_BIND": f"127.0.0.1:{free_port()}",
        "GOMOD_STORAGE_URL": str(tmp_path),
        "GOMOD_PRIVATE_PATTERNS": "go.corp.example/*",
        "GOMOD_PUBLIC_URL": "http://go.corp.example",
        "GOMOD_LOG_LEVEL": "info",
        "GOMOD_LOG_FORMAT": "json",
    }


@pytest.fixture
def process(environ: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen([sys.executable, TINY], env=environ, stderr=subprocess.PIPE, text=True) as running:
        try:
            wait_until(lambda: answers(f"http://{environ['GOMOD_BIND']}/"))
            yield running
        finally:
            running.kill()


def run_tiny(environ: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, TINY, *arguments], env=environ, capture_output=True, text=True, timeout=60)


def test_sigterm_finishes_what_is_in_flight(
    process: "subprocess.Popen[str]", environ: dict[str, str], tmp_path: Path
) -> None:
    bodies: list[str] = []

    def ask() -> None:
        bodies.append(httpx.get(f"http://{environ['GOMOD_BIND']}/slow", timeout=30).text)

    client = threading.Thread(target=ask)
    client.start()
    wait_until((tmp_path / "begun").exists)
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: not answers(f"http://{environ['GOMOD_BIND']}/"))  # it takes nothing new …
    (tmp_path / "go-on").touch()
    client.join()
    assert bodies == ["finished"]  # … and finishes what it had
    assert process.wait(20) == 0


def test_metrics_are_on_a_port_of_their_own(process: "subprocess.Popen[str]", environ: dict[str, str]) -> None:
    assert process.poll() is None
    assert 'gomod_requests_total{cache="",endpoint="quick"' in httpx.get(f"http://{environ['GOMOD_ADMIN_BIND']}/").text
    assert httpx.get(f"http://{environ['GOMOD_BIND']}/metrics").status_code == 404


def test_the_log_is_json_a_line(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    events = [json.loads(line)["event"] for line in process.stderr]
    assert events[0] == "starting"
    assert "request" in events
    assert events[-1] == "stopped"


def test_of_two_processes_that_start_at_once_one_has_the_address() -> None:
    bind = f"127.0.0.1:{free_port()}"
    with bound_socket(bind), pytest.raises(Unavailable, match=re.escape(f"can't listen on {bind}")):
        bound_socket(bind)


def test_an_incomplete_environment_is_exit_status_2_and_names_every_variable(environ: dict[str, str]) -> None:
    done = run_tiny({"PATH": environ["PATH"]})
    assert done.returncode == 2
    for name in environ.keys() - {"PATH"}:
        assert name in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("variable", ["GOMOD_BIND", "GOMOD_ADMIN_BIND"])
def test_a_taken_port_is_one_line_and_exit_status_1(environ: dict[str, str], variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run_tiny({**environ, variable: address})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert address in json.loads(done.stderr.splitlines()[-1])["error"]


def test_a_store_out_of_reach_at_the_start_is_one_line_and_exit_status_1(environ: dict[str, str]) -> None:
    done = run_tiny({**environ, "GOMOD_STORAGE_URL": "/nonexistent"})
    assert done.returncode == 1
    last = json.loads(done.stderr.splitlines()[-1])
    assert last["event"] == "failed_to_start"
    assert "/nonexistent is not a folder" in last["error"]


def test_a_wrong_file_that_the_settings_name_is_exit_status_2_with_the_whole_text(environ: dict[str, str]) -> None:
    done = run_tiny({**environ, "GOMOD_STORAGE_URL": "modules"})
    assert done.returncode == 2
    assert "the folder is relative\nto what?" in done.stderr


def test_a_server_that_is_not_installed_is_exit_status_2_and_says_what_to_install(
    environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "granian.py").write_text("raise ImportError('No module named granian')")
    done = run_tiny({**environ, "TINY_SERVER": "granian", "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert "pip install 'gomod-registry[granian]'" in done.stderr


def test_help_and_version_need_no_environment() -> None:
    shown = run_tiny({"PATH": os.environ["PATH"]}, "--help")
    assert shown.returncode == 0
    assert "GOMOD_STORAGE_URL" in shown.stdout
    assert run_tiny({"PATH": os.environ["PATH"]}, "--version").stdout.startswith("0.")


def test_an_argument_is_not_silently_ignored(environ: dict[str, str]) -> None:
    done = run_tiny(environ, "--port=80")
    assert done.returncode == 2
    assert "no arguments" in done.stderr


async def test_the_last_bytes_of_an_answer_do_not_wait_for_the_client() -> None:
    accepted: asyncio.Future[asyncio.Transport] = asyncio.get_running_loop().create_future()

    class Accepting(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            accepted.set_result(transport)

    sock = bound_socket("127.0.0.1:0")
    async with await asyncio.get_running_loop().create_server(Accepting, sock=sock):
        _, writer = await asyncio.open_connection(*sock.getsockname())
        transport = await accepted
        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        transport.close()
        writer.close()
