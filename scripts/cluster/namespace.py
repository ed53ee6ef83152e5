"""A network namespace with no way out: whatever runs in it never touches the machine's own network."""

import shutil
from pathlib import Path

from scripts.cluster.commands import CommandError, run

ADDRESS = "10.99.0.1"  # the node's own, in the namespace
NETWORK = "gomod-cluster"  # the name of the namespace: there is one on a machine


class NetworkNamespace:
    """A named namespace with a loopback and one address."""

    def __init__(self, name: str) -> None:
        self.name = name

    def make(self) -> None:
        """Make it, afresh."""
        self.remove()
        run(["ip", "netns", "add", self.name])
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "link", "add", "node0", "type", "bridge")
        self.run("ip", "addr", "add", f"{ADDRESS}/24", "dev", "node0")
        self.run("ip", "link", "set", "node0", "up")
        self.run("ip", "route", "add", "default", "dev", "node0")
        self.run("sysctl", "-qw", "net.ipv4.ip_forward=1")

    def exists(self) -> bool:
        """Whether it is there."""
        return Path("/run/netns", self.name).exists()

    def remove(self) -> None:
        """Remove it when it is there."""
        if self.exists():
            run(["ip", "netns", "delete", self.name])

    def command(self, *words: str | Path) -> list[str]:
        """The command, run inside. Not by `ip netns exec`, which hides the control groups that a kubelet needs."""
        return [shutil.which("nsenter") or "nsenter", f"--net=/run/netns/{self.name}", *(str(word) for word in words)]

    def run(self, *words: str | Path, stdin: str = "") -> str:
        """What a command inside prints. Raises CommandError."""
        return run(self.command(*words), stdin=stdin)

    def answers(self, url: str, *options: str) -> bool:
        """Whether a URL inside answers with success."""
        try:
            self.run(
                "curl", "--silent", "--fail", "--insecure", "--max-time", "5", "--output", "/dev/null", *options, url
            )
        except CommandError:
            return False
        return True
