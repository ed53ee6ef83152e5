"""scripts/up as a developer meets it: one command, lines to paste, Ctrl-C."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.local import ROOT, VENV
from scripts.local.ports import split_bind, unusable
from scripts.local.stack import BINDS
from tests.e2e.go import GREETING, HELLO, clean_environment
from tests.e2e.registry import SAMPLE, UUID, fetch, local_values
from tests.goproxy_server import GoProxyServer
from tests.publish.repository import GitRepository
from tests.waiting import wait_for

UP = ROOT / "scripts" / "up"
STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Machine:
    """What scripts/up finds: a file of values, and a go that is set up with an upstream."""

    values: dict[str, str]
    environment: Path
    upstream: GoProxyServer

    @property
    def url(self) -> str:
        """Where the gateway will answer."""
        return self.values["GOMOD_PUBLIC_URL"]

    @property
    def binds(self) -> dict[str, str]:
        """All that scripts/up listens on."""
        return {name: self.values[name] for name in BINDS}

    def start(self) -> subprocess.Popen[str]:
        """Start it as a terminal does, in a folder that is not the repository's."""
        with (self.environment.parent / "stderr").open("a") as stderr:
            return subprocess.Popen(
                [UP, "--environment", self.environment],
                env=clean_environment() | {"GOPROXY": f"{self.upstream.url},direct"},
                cwd=self.environment.parent,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )

    def said(self) -> str:
        """What it said to standard error so far."""
        return (self.environment.parent / "stderr").read_text()

    @contextmanager
    def up(self) -> Iterator["Running"]:
        """scripts/up once it has printed the lines to paste."""
        with self.start() as process:
            try:
                yield Running(process, list(self._printed(process)))
            finally:
                process.kill()

    def _printed(self, process: subprocess.Popen[str]) -> Iterator[str]:
        assert process.stdout is not None
        for line in process.stdout:
            yield line
            if line.startswith("    go get "):
                return
        raise AssertionError(f"scripts/up ended early: {self.said()}")


@dataclass(frozen=True, slots=True)
class Running:
    """scripts/up, ready."""

    process: subprocess.Popen[str]
    printed: list[str]

    @property
    def pasted(self) -> list[str]:
        """The lines that it says to paste."""
        return [line.strip() for line in self.printed if line.startswith("    ")]

    def child(self, module: str) -> int:
        """The process id of the service that runs this module."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return next(int(pid) for pid in children if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes())

    def control_c(self) -> int:
        """Ctrl-C: the terminal sends SIGINT to the whole process group. Returns the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(STOP_SECONDS)


@pytest.fixture
def machine(tmp_path: Path, upstream: GoProxyServer) -> Machine:
    shutil.copytree(ROOT / "examples" / "ameide-sdk-go", tmp_path / "sample")
    values = local_values(tmp_path / "state", "", SAMPLE=str(tmp_path / "sample"))
    del values["GOMOD_UPSTREAMS"]  # scripts/up asks go for it
    environment = tmp_path / "some.env"
    environment.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return Machine(values, environment, upstream)


def paste(lines: list[str], folder: Path, modules: Path) -> list[str]:
    """Paste the lines into a shell in a copy of examples/hello and run the program; returns what it prints."""
    shutil.copytree(HELLO, folder)
    script = "\n".join(["set -eu", *lines, f"go get {UUID}@v1.6.0", "go run ."])
    variables = {"GOMODCACHE": str(modules), "GOFLAGS": "-modcacherw", "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}"}
    ended = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=clean_environment() | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_the_printed_lines_build_a_program_and_control_c_stops_everything(machine: Machine, tmp_path: Path) -> None:
    with machine.up() as running:
        assert running.pasted[-1] == f"go get {SAMPLE}@v1.0.0"
        assert paste(running.pasted, tmp_path / "hello", tmp_path / "modules") == GREETING
        # Public modules come from what `go env GOPROXY` names.
        assert machine.upstream.asked(f"/{UUID}/@v/v1.6.0.zip") == [f"/{UUID}/@v/v1.6.0.zip"]
        assert running.control_c() == 0
    assert unusable(machine.binds) == []
    assert "scripts/up: stopped" in machine.said()
    # The services ended by themselves, in time.
    for service in ("gomod_uploader", "gomod_proxy"):
        assert re.search(rf'"service": "{service}", "event": "stopped"', machine.said())


def readme(heading: str, machine: Machine) -> str:
    """The lines below a heading of README.md, for this registry instead of the one at the usual port."""
    lines = (ROOT / "README.md").read_text().partition(f"## {heading}\n")[2].partition("```sh\n")[2].partition("```")[0]
    return lines.replace("http://127.0.0.1:8080", machine.url).replace(
        "~/gomod-registry/.local", machine.values["STATE"]
    )


def test_the_readme_s_lines_publish_a_module_and_build_with_another(machine: Machine, tmp_path: Path) -> None:
    mine = GitRepository(tmp_path / "mine")
    mine.git("config", "user.name", "Ann Author")
    mine.git("config", "user.email", "ann@localhost")
    mine.commit({"go.mod": "module go.packages.dev.ameide.io/mine\n", "mine.go": "package mine\n"}, "v0.1.0")
    environ = clean_environment() | {
        "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}",
        "GOMODCACHE": str(tmp_path / "modules"),
        "GOFLAGS": "-modcacherw",
    }

    def run(lines: str, folder: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(["sh", "-euc", lines], cwd=folder, env=environ, capture_output=True, text=True)

    shutil.copytree(HELLO, tmp_path / "hello")
    with machine.up() as running:
        done = run(readme("Publish to it", machine), mine.path)
        assert "uploaded go.packages.dev.ameide.io/mine@v0.1.0 h1:" in done.stdout, done.stderr
        done = run(readme("Build with it", machine), tmp_path / "hello")
        assert done.returncode == 0, done.stderr
        assert f"require {SAMPLE} v1.0.0" in (tmp_path / "hello" / "go.mod").read_text()
        assert running.control_c() == 0


def test_state_survives_a_restart_and_a_changed_sample_is_a_new_version(machine: Machine, tmp_path: Path) -> None:
    with machine.up() as running:
        assert paste(running.pasted, tmp_path / "first", tmp_path / "modules") == GREETING
        assert running.control_c() == 0
    token = (tmp_path / "state" / "upload-token").read_text()
    with machine.up() as running, machine.upstream.down():
        assert running.pasted[-1] == f"go get {SAMPLE}@v1.0.0"
        assert paste(running.pasted, tmp_path / "second", tmp_path / "clean-modules") == GREETING
        assert running.control_c() == 0
    assert (tmp_path / "state" / "upload-token").read_text() == token
    (tmp_path / "sample" / "more.go").write_text("package ameide\n")
    with machine.up() as running:
        version = running.pasted[-1].partition("@")[2]
        assert re.fullmatch(r"v1\.0\.1-0\.\d{14}-[0-9a-f]{12}", version)
        assert fetch(machine.url, f"/{SAMPLE}/@v/list").body.decode() == f"v1.0.0\n{version}\n"
        assert paste(running.pasted, tmp_path / "third", tmp_path / "modules") == GREETING
        assert running.control_c() == 0


def test_a_taken_port_is_named_and_nothing_is_started(machine: Machine, tmp_path: Path) -> None:
    bind = machine.values["PROXY_ADMIN_BIND"]
    with socket.create_server(split_bind(bind)), machine.start() as process:
        assert process.wait(STOP_SECONDS) == 1
        assert process.stdout is not None
        assert process.stdout.read() == ""
    assert f"PROXY_ADMIN_BIND={bind} can't be used: " in machine.said()
    assert machine.said().endswith("scripts/up: nothing was started\n")
    assert not (tmp_path / "state").exists()


def test_nothing_outlives_a_scripts_up_that_is_killed(machine: Machine) -> None:
    with machine.up() as running:
        assert unusable(machine.binds) != []
        running.process.kill()
        wait_for(lambda: unusable(machine.binds) == [], "the services and the gateway to end")


def test_a_service_that_dies_ends_it_all_and_is_named(machine: Machine) -> None:
    with machine.up() as running:
        os.kill(running.child("gomod_proxy"), signal.SIGKILL)
        assert running.process.wait(STOP_SECONDS) == 1
    assert "scripts/up: proxy ended by itself with status -9" in machine.said()
    assert unusable(machine.binds) == []
