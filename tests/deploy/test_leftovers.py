"""What a cluster leaves when it dies is found and removed; a command that hangs ends with its children."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.cluster import commands
from scripts.cluster.commands import CommandError, run
from scripts.cluster.leftovers import kill_processes, remove_container_traces, unmount
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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes there")
@pytest.mark.may_skip(reason="only root writes there")
def test_what_lies_elsewhere_for_containers_of_the_folder_is_removed_and_nothing_of_others(tmp_path: Path) -> None:
    ours, others = (f"gomod-test-{secrets.token_hex(8)}" for _ in range(2))
    bundle = tmp_path / "containerd-state" / "io.containerd.runtime.v2.task" / "k8s.io" / ours
    bundle.mkdir(parents=True)
    socket = tmp_path / "socket"
    socket.touch()
    (bundle / "address").write_text(f"unix://{socket}")
    places = {
        identity: [
            Path("/run/containerd/runc/k8s.io", identity, "state.json"),
            Path("/var/lib/cni/results", f"pods-{identity}-eth0"),
        ]
        for identity in (ours, others)
    }
    for path in places[ours] + places[others]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    try:
        remove_container_traces(tmp_path)
        assert not any(path.exists() for path in (*places[ours], places[ours][0].parent, socket))
        assert all(path.exists() for path in places[others])
    finally:
        for path in places[others]:
            path.unlink()
        places[others][0].parent.rmdir()


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
