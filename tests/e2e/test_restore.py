"""The runbook's backup and restore, rehearsed: saved while it is published to, served again from another volume."""

import json
import os
import re
import subprocess
import threading
from pathlib import Path

import pytest

from scripts.local import ROOT
from scripts.local.venv import tool
from tests.e2e.registry import PRIVATE, Registry, local_values, running_registry
from tests.e2e.upload import Upload, make_upload
from tests.waiting import wait_for

MODULE = f"{PRIVATE}/kept"


class Publishing:
    """Publishes version after version, in a thread, while it is entered."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.published: list[Upload] = []

    def _run(self) -> None:
        while not self._stop.is_set():
            upload = make_upload("kept", f"v0.{len(self.published)}.0", os.urandom(20_000))
            assert upload.send(self._registry).status_code == 201
            self.published.append(upload)

    def __enter__(self) -> "Publishing":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def runbook_command(verb: str, **places: str) -> str:
    """The command of docs/operations.md for it, with these places instead of the runbook's."""
    runbook = (ROOT / "docs" / "operations.md").read_text()
    section = runbook.partition("## Back up and restore\n")[2].partition("\n## ")[0]
    command: str
    (command,) = re.findall(rf"(?m)^    (tar --{verb} .*)$", section)
    for name, place in places.items():
        assert name in command
        command = command.replace(name, place)
    return command


@pytest.fixture
def saved(tmp_path: Path) -> tuple[list[Upload], Path]:
    """What had been published before the backup began, and the backup, during which more was."""
    archive = tmp_path / "modules.tar"
    with running_registry(local_values(tmp_path / "first", "off")) as registry, Publishing(registry) as publishing:
        wait_for(lambda: len(publishing.published) >= 10, "something to lose")
        before = list(publishing.published)
        command = runbook_command("create", ROOT=str(registry.volume), BACKUP=str(archive))
        done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr  # 1: files changed meanwhile, as they do
        enough = len(publishing.published) + 3
        wait_for(lambda: len(publishing.published) >= enough, "publishing goes on")
    return before, archive


def test_what_was_published_before_a_backup_is_served_again_from_it(
    saved: tuple[list[Upload], Path], tmp_path: Path
) -> None:
    before, archive = saved
    values = local_values(tmp_path / "second", "off")
    volume = Path(values["GOMOD_STORAGE_URL"].removeprefix("file://"))
    volume.mkdir(parents=True)
    subprocess.run(runbook_command("extract", ROOT=str(volume), BACKUP=str(archive)), shell=True, check=True)
    with running_registry(values) as registry:
        for upload in before:
            for path, data in upload.files.items():
                assert registry.get(path).body == data
        # Whatever came while the backup was made is whole or not there; nothing is half there.
        listed = registry.get(f"/{MODULE}/@v/list").body.decode().split()
        assert {upload.version for upload in before} <= set(listed)
        for version in listed:
            assert [registry.get(f"/{MODULE}/@v/{version}.{kind}").status for kind in ("info", "mod", "zip")] == [
                200
            ] * 3
        # It goes on as before: the same again is no other version, and a new one is taken.
        assert before[0].send(registry).status_code == 200
        assert make_upload("kept", before[0].version, b"other").send(registry).status_code == 409
        assert make_upload("newer", "v0.1.0", b"new").send(registry).status_code == 201
        environ = {name: value for name, value in registry.values.items() if name.startswith("GOMOD_")}
        done = subprocess.run(
            [tool("gomod-admin"), "fsck", "--json"], env={**os.environ, **environ}, capture_output=True, text=True
        )
        assert json.loads(done.stdout)["faults"] == 0, done.stderr
