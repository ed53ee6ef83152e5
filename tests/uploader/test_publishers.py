"""Many publishers at once, half of them killed: what was said to be published is served, and nothing else is there."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gomod.layout import Kind, file_name, list_name
from gomod.module import ModuleVersion
from tests.ports import free_port, wait_until_started
from tests.uploader.publisher import SHARED, upload_of
from tests.uploader.running import TOKEN, environment, running, wait_until

pytestmark = pytest.mark.takes_long

SECONDS = float(os.environ.get("TESTS_PUBLISHERS_SECONDS", "60" if os.environ.get("CI") == "true" else "6"))
AT_ONCE = 16

KINDS: tuple[Kind, ...] = ("info", "mod", "zip")


@contextmanager
def proxy(folder: Path, root: Path) -> Iterator[httpx.Client]:
    """A proxy that knows only what is in the store."""
    port = free_port()
    environ = environment(folder, root) | {
        "GOMOD_BIND": f"127.0.0.1:{port}",
        "GOMOD_UPSTREAMS": "off",
        "GOMOD_NETWORK_MODE": "offline",
        "GOMOD_SUMDBS": "off",
    }
    with (
        (folder / "proxy.log").open("ab") as log,
        subprocess.Popen([sys.executable, "-m", "gomod_proxy"], env=environ, stderr=log) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/", timeout=60) as client,
    ):
        try:
            wait_until_started(port, lambda: process.poll() is None)
            yield client
        finally:
            process.kill()


def journal(folder: Path, name: str) -> Path:
    return folder / f"{name}.journal"


class Crew:
    """Publishers at work."""

    def __init__(self, port: int, folder: Path) -> None:
        self.everybody: list[str] = []
        self._port = port
        self._folder = folder
        self._busy: dict[str, subprocess.Popen[bytes]] = {}

    def hire(self) -> None:
        """Start one more."""
        name = f"p{len(self.everybody)}"
        file = journal(self._folder, name)
        file.touch()
        command = [sys.executable, "-m", "tests.uploader.publisher", str(self._port), TOKEN, name, str(file)]
        self._busy[name] = subprocess.Popen(command)
        self.everybody.append(name)

    def at_work(self) -> list[str]:
        """Those who have published something; fails when one gave up."""
        assert all(process.poll() is None for process in self._busy.values()), "a publisher gave up"
        return [name for name in self._busy if journal(self._folder, name).stat().st_size]

    def kill(self, *names: str) -> None:
        """At once, wherever each of them is."""
        for name in names:
            self._busy[name].kill()
        for name in names:
            self._busy.pop(name).wait()

    def kill_all(self) -> None:
        self.kill(*self._busy)


def publish_and_kill(port: int, folder: Path) -> list[str]:
    """Keep AT_ONCE publishers busy for SECONDS, replacing one after the other; returns the names of all."""
    crew = Crew(port, folder)
    try:
        for _ in range(AT_ONCE):
            crew.hire()
        wait_until(lambda: len(crew.at_work()) == AT_ONCE, 60)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            time.sleep(random.uniform(0, 2 * SECONDS / AT_ONCE))
            crew.kill(random.choice(crew.at_work()))
            crew.hire()
    finally:
        crew.kill_all()
    return crew.everybody


def test_what_sixteen_publishers_were_told_is_served_though_half_of_them_are_killed(tmp_path: Path) -> None:
    root = tmp_path / "modules"
    root.mkdir()
    with running(tmp_path, root) as uploader:
        everybody = publish_and_kill(uploader.port, tmp_path)
        wait_until(lambda: not uploader.leftovers())
    told = [line for name in everybody for line in journal(tmp_path, name).read_text().splitlines()]
    assert len(told) > AT_ONCE
    with proxy(tmp_path, root) as client:
        for line in told:
            name, _, number = line.partition(" ")
            assert_served(client, upload_of(name, int(number)))
        for name in everybody:
            for version in versions(client, f"go.corp.example/pay/{name}"):
                assert_served(client, upload_of(name, int(version.rpartition(".")[2])))
        assert_nothing_else(root, client, [f"go.corp.example/pay/{name}" for name in everybody] + [SHARED])
        for version in versions(client, SHARED):
            module = ModuleVersion(SHARED, version)
            stored = client.get(file_name(module, "zip")).content
            sent = [upload_of(name, int(version.rpartition(".")[2]))["zip"] for name in everybody]
            assert stored in sent, "nobody sent this"


def versions(client: httpx.Client, module: str) -> list[str]:
    answer = client.get(list_name(module))
    return answer.text.split() if answer.status_code == 200 else []


def assert_nothing_else(root: Path, client: httpx.Client, modules: list[str]) -> None:
    """What lies on the volume is of these modules, and every version of them is whole and listed."""
    stored = {path.parent.relative_to(root).as_posix() for path in root.glob("go.*/**/@v")}
    assert stored <= set(modules)
    for module in stored:
        folders = {path.name: len(list(path.iterdir())) for path in (root / module).iterdir() if path.name != "@v"}
        assert folders == dict.fromkeys(versions(client, module), 3)
    assert {path.name for path in root.iterdir() if not path.name.startswith(".")} == {"go.corp.example"}


def assert_served(client: httpx.Client, sent: dict[str, bytes]) -> None:
    module = ModuleVersion(sent["module"].decode(), sent["version"].decode())
    for kind in KINDS:
        assert client.get(file_name(module, kind)).content == sent[kind], f"{module}.{kind}"
