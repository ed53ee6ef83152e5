"""One node and its control plane, as processes of this machine that end with us."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from scripts.cluster.commands import CommandError
from scripts.cluster.configuration import write_containerd, write_kubelet, write_users
from scripts.cluster.leftovers import kill_processes, remove_container_traces, remove_pod_networks, unmount
from scripts.cluster.namespace import ADDRESS, NETWORK, NetworkNamespace
from scripts.local.processes import Process

_ETCD = "http://127.0.0.1:2379"


class NodeError(Exception):
    """The node did not get ready; the text says which part, and ends its log."""


class Node:
    """A Ready node while it is entered; `kubectl`, `ctr` and others run inside its network."""

    def __init__(self, folder: Path, kubernetes: Path, clients: Path) -> None:
        """`kubernetes` has the components, `clients` has kubectl and helm; everything written goes to `folder`."""
        self.folder = folder
        self.network = NetworkNamespace(NETWORK)
        self.kubeconfig = folder / "admin.conf"
        self.clients = clients
        self._kubernetes = kubernetes
        self._processes: dict[str, Process] = {}

    def start(self) -> None:
        """Start everything; return once the node is Ready. Raises NodeError."""
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        write_users(self.folder)
        write_kubelet(self.folder)
        write_containerd(self.folder)
        subprocess.run(["openssl", "genrsa", "-out", self.folder / "sa.key", "2048"], check=True, capture_output=True)
        self.network.make()
        self._start_control_plane()
        self._start_node()

    def stop(self) -> None:
        """End every pod and process at once, for none has anything to save, and take back what they mounted."""
        kill_processes(self.folder)
        for process in self._processes.values():
            process.wait(30)
        self._processes.clear()
        unmount(self.folder)
        remove_container_traces(self.folder)
        remove_pod_networks(self.folder)
        self.network.remove()

    def describe(self) -> str:
        """What somebody wants to see who asks what went wrong: pods, events, and how the logs end."""
        texts = []
        for command in (
            ("get", "pods", "--all-namespaces", "--output", "wide"),
            ("get", "events", "--all-namespaces", "--sort-by=.lastTimestamp"),
        ):
            try:
                said = self.kubectl(*command, "--request-timeout=10s")
            except CommandError as error:
                said = str(error)
            texts.append(f"== kubectl {' '.join(command)}\n{_end(said, 60)}")
        logs = [(log, 15) for log in self.folder.glob("logs/*.log")]
        logs += [(log, 40) for log in self.folder.glob("pod-logs/*/*/*.log")]
        for log, lines in logs:
            texts.append(f"== {log.relative_to(self.folder)}")
            texts.append(_end(log.read_text(errors="replace"), lines))
        return "\n".join(texts)

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """What kubectl prints, as the cluster's administrator."""
        return self.network.run(
            "env", f"KUBECONFIG={self.kubeconfig}", self.clients / "kubectl", *arguments, stdin=stdin
        )

    def ctr(self, *arguments: str | Path) -> str:
        """What containerd's own client prints."""
        return self.network.run(
            "ctr", "--address", self.folder / "containerd.sock", "--namespace", "k8s.io", *arguments
        )

    def environ(self) -> dict[str, str]:
        """For programs that run inside and call kubectl and helm."""
        return {
            "KUBECONFIG": str(self.kubeconfig),
            "PATH": f"{self.clients}:{os.environ['PATH']}",
        }

    def _start_control_plane(self) -> None:
        peers = "http://127.0.0.1:2380"
        self._run(
            "etcd", "etcd", "--data-dir", self.folder / "etcd", "--listen-client-urls", _ETCD,
            "--advertise-client-urls", _ETCD, "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
            "--initial-cluster", f"default={peers}",
        )  # fmt: skip
        key = self.folder / "sa.key"
        self._run(
            "kube-apiserver", self._kubernetes / "kube-apiserver", f"--etcd-servers={_ETCD}",
            "--service-cluster-ip-range=10.96.0.0/16", "--secure-port=6443", f"--advertise-address={ADDRESS}",
            f"--cert-dir={self.folder}/api", "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
            "--authorization-mode=Node,RBAC", f"--token-auth-file={self.folder}/tokens.csv", "--allow-privileged",
            "--kubelet-preferred-address-types=InternalIP", "--enable-admission-plugins=NodeRestriction",
        )  # fmt: skip
        self._wait("kube-apiserver", lambda: "ok" in self.kubectl("get", "--raw", "/readyz"), 120)
        self._run(
            "kube-controller-manager", self._kubernetes / "kube-controller-manager",
            f"--kubeconfig={self.folder}/controllers.conf", "--use-service-account-credentials",
            f"--service-account-private-key-file={key}", f"--root-ca-file={self.folder}/api/apiserver.crt",
            "--leader-elect=false", "--allocate-node-cidrs=false",
        )  # fmt: skip
        self._run(
            "kube-scheduler", self._kubernetes / "kube-scheduler",
            f"--kubeconfig={self.folder}/scheduler.conf", "--leader-elect=false",
        )  # fmt: skip

    def _start_node(self) -> None:
        self._run("containerd", "containerd", "--config", self.folder / "containerd.toml")
        self._wait("containerd", lambda: bool(self.ctr("version")), 60)
        self._run(
            "kubelet", self._kubernetes / "kubelet", f"--kubeconfig={self.folder}/node.conf",
            f"--config={self.folder}/kubelet.yaml", "--hostname-override=node1", f"--node-ip={ADDRESS}",
            f"--root-dir={self.folder}/kubelet", f"--cert-dir={self.folder}/kubelet-pki",
        )  # fmt: skip
        self._run(
            "kube-proxy", self._kubernetes / "kube-proxy", f"--kubeconfig={self.folder}/proxy.conf",
            "--hostname-override=node1", "--proxy-mode=iptables", "--cluster-cidr=10.244.0.0/16",
            "--conntrack-max-per-core=0", "--conntrack-min=0",
        )  # fmt: skip
        ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
        self._wait("kubelet", lambda: self.kubectl("get", "node", "node1", "--output", ready) == "True", 120)

    def _run(self, name: str, *words: str | Path) -> None:
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        # Into a file, not to us: containerd's shims keep what they inherit open for as long as their pods live.
        log = self.folder / "logs" / f"{name}.log"
        command = self.network.command("sh", "-c", f'exec "$@" >>{log} 2>&1', "sh", *words)
        self._processes[name] = Process(name, command, environ, on_line=lambda _, line: print(line))

    def _wait(self, name: str, is_ready: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                if is_ready():
                    return
            except CommandError:
                pass  # not there yet
            if time.monotonic() > deadline:
                log = (self.folder / "logs" / f"{name}.log").read_text()
                raise NodeError(f"{name} was not ready after {seconds:g} s; its log ends:\n{log[-3000:]}")
            time.sleep(0.2)


def _end(text: str, lines: int) -> str:
    """The last lines, but for those about probes."""
    told = [line[:500] for line in text.splitlines() if "/readyz" not in line and "/healthz" not in line]
    return "\n".join(told[-lines:])
