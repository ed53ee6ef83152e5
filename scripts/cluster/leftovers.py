"""What a cluster that did not end by itself has left on the machine: processes, mounts, networks, its folder.

All of it names the folder that the cluster was made in, so it is found without knowing who died, and how.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.cluster.namespace import NETWORK, NetworkNamespace
from scripts.deploy.toolbox import cache_folder

_PLACE = Path("/var/tmp")
_PREFIX = "gomod-cluster-"
_NETWORKS_BEFORE = "networks-before"
_KILL_SECONDS = 30.0


@contextmanager
def cluster_folder() -> Iterator[Path]:
    """A folder for the one cluster that may be on the machine; waits for another to end, and clears what died."""
    # Its network has a name: one at a time on a machine.
    with (cache_folder() / "cluster.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _clear()
        # A short path: those of sockets may not be long.
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_PLACE))
        (folder / _NETWORKS_BEFORE).write_text("\n".join(pod_networks()))
        try:
            yield folder
        finally:
            unmount(folder)
            shutil.rmtree(folder, ignore_errors=True)


def pod_networks() -> set[str]:
    """The names of the network namespaces that containerd made for pods, of this cluster or another."""
    folder = Path("/run/netns")
    return {path.name for path in folder.glob("cni-*")} if folder.is_dir() else set()


def remove_pod_networks(folder: Path) -> None:
    """Remove those that came since the cluster's folder was made."""
    with suppress(FileNotFoundError):  # it died before it could make any
        before = set((folder / _NETWORKS_BEFORE).read_text().splitlines())
        for name in pod_networks() - before:
            subprocess.run(["ip", "netns", "delete", name], check=False)


def remove_container_traces(folder: Path) -> None:
    """Remove what was written elsewhere for containers that were killed, where containerd and CNI have fixed places."""
    for bundle in (folder / "containerd-state" / "io.containerd.runtime.v2.task" / "k8s.io").glob("*"):
        with suppress(FileNotFoundError):  # containers of one pod share a shim, and its socket
            Path((bundle / "address").read_text().removeprefix("unix://")).unlink()
        for result in Path("/var/lib/cni/results").glob(f"*-{bundle.name}-*"):
            result.unlink(missing_ok=True)
        for group in Path("/sys/fs/cgroup").glob(f"*/k8s.io/{bundle.name}"):
            with suppress(OSError):  # something of it still dies
                group.rmdir()
        shutil.rmtree(Path("/run/containerd/runc/k8s.io") / bundle.name, ignore_errors=True)


def unmount(folder: Path) -> None:
    """Unmount everything below a folder, what was mounted last first."""
    for line in reversed(Path("/proc/mounts").read_text().splitlines()):
        mounted = line.split()[1]
        if mounted.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", mounted], check=False)


def _clear() -> list[str]:
    """Remove what dead clusters left; only for who holds the lock. Returns what there was, for people."""
    found = []
    for folder in sorted(_PLACE.glob(f"{_PREFIX}*")):
        found += [f"process: {command[:200]}" for command in kill_processes(folder)]
        unmount(folder)
        remove_container_traces(folder)
        remove_pod_networks(folder)
        shutil.rmtree(folder, ignore_errors=True)
        found.append(f"folder {folder}")
    network = NetworkNamespace(NETWORK)
    if network.exists():
        found.append(f"network {NETWORK}")
        network.remove()
    return found


def kill_processes(folder: Path) -> list[str]:
    """Kill all that belong to a cluster's folder; returns their commands. Gives up on those that can't be killed."""
    killed: dict[int, str] = {}
    deadline = time.monotonic() + _KILL_SECONDS
    while (found := list(_processes(folder))) and time.monotonic() < deadline:
        for pid in found:
            killed.setdefault(pid, _command(pid))
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)  # a dying one is still listed for a moment
    return list(killed.values())


def _processes(folder: Path) -> Iterator[int]:
    """Those that name the folder in their command, and those whose root is the file system of a container in it."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile
            if f"{folder}/" in _command(int(path.name)) or f"{folder}/" in _root(path):
                yield int(path.name)


def _root(process: Path) -> str:
    """The line of mountinfo (proc(5)) for the root directory of a process."""
    lines = (process / "mountinfo").read_text().splitlines()
    return next((line for line in lines if line.split()[4] == "/"), "")


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def main() -> int:
    """Remove what is left and say so. Exit status 1: there was something."""
    with (cache_folder() / "cluster.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("a cluster is running: nothing is removed")
            return 0
        found = _clear()
    for each in found:
        print(f"left behind, and removed: {each}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
