"""What a cluster leaves when it dies is found and removed; a command that hangs ends with its children."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.cluster import commands
from scripts.cluster.commands import CommandError, run
from scripts.cluster.leftovers import kill_processes, unmount
from tests.waiting import wait_for

SLEEP = "import time; time.sleep(600)"


def test_a_process_that_names_the_folder_is_killed_and_no_other(tmp_path: Path) -> None:
    ours = subprocess.Popen([sys.executable, "-c", SLEEP, f"--config={tmp_path}/containerd.toml"])
    other = subprocess.Popen([sys.executable, "-c", SLEEP, f"--config={tmp_path}-of-another/containerd.toml"])
    try:
        (command,) = kill_processes(tmp_path)
        assert command.split()[-1] == f"--config={tmp_path}/containerd.toml"
        assert ours.wait(10) == -9
        assert other.poll() is None
        assert kill_processes(tmp_path) == []
    finally:
        other.kill()
        other.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
@pytest.mark.may_skip(reason="only root mounts")
def test_what_is_mounted_below_the_folder_is_unmounted_the_innermost_first(tmp_path: Path) -> None:
    outer = tmp_path / "disk"
    for folder in (outer, outer / "inner"):
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "gomod-test", folder], check=True)
    unmount(tmp_path)
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


def test_a_command_that_hangs_ends_with_the_children_that_hold_its_output_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "SECONDS", 1.0)
    child = tmp_path / "child"
    with pytest.raises(CommandError, match=r"did not end in 1 s; it said:\n.*begun"):
        run(["sh", "-c", f"echo begun; sleep 600 & echo $! > {child}; wait"])
    pid = int(child.read_text())
    wait_for(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text(), "its end")


def test_a_command_that_fails_says_what_it_was_and_what_it_said() -> None:
    with pytest.raises(CommandError, match="sh -c echo out; echo why >&2; exit 3 ended with 3:\nout\nwhy"):
        run(["sh", "-c", "echo out; echo why >&2; exit 3"])
