"""What the components of the node read: users, kubelet, containerd, the pod network."""

import json
import secrets
from pathlib import Path

import yaml

from scripts.cluster.namespace import ADDRESS

USERS = {
    "admin": ("admin", "system:masters"),
    "controllers": ("system:kube-controller-manager", ""),
    "scheduler": ("system:kube-scheduler", ""),
    "proxy": ("system:kube-proxy", ""),
    "node": ("system:node:node1", "system:nodes"),
}
DNS_ADDRESS = "10.96.0.10"


def write_users(folder: Path) -> None:
    """A kubeconfig for each component, `<user>.conf`, and the API server's file of their tokens."""
    lines = []
    for number, (user, (name, group)) in enumerate(USERS.items()):
        token = secrets.token_hex(16)
        lines.append(f'{token},{name},{number},"{group}"')
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            # Its certificate is made anew for each cluster, and never leaves the namespace.
            "clusters": [
                {"name": "c", "cluster": {"server": f"https://{ADDRESS}:6443", "insecure-skip-tls-verify": True}}
            ],
            "users": [{"name": "u", "user": {"token": token}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        (folder / f"{user}.conf").write_text(yaml.safe_dump(config))
    (folder / "tokens.csv").write_text("\n".join(lines) + "\n")


def write_kubelet(folder: Path) -> None:
    """kubelet.yaml: a node on a machine of another purpose, which has no control-group hierarchy to give away."""
    (folder / "resolv.conf").write_text(f"nameserver {DNS_ADDRESS}\n")
    config = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "containerRuntimeEndpoint": f"unix://{folder}/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "featureGates": {"KubeletInUserNamespace": True},  # asks for no CAP_SYS_RESOURCE
        "evictionHard": {},
        "imageGCHighThresholdPercent": 100,
        "podLogsDir": f"{folder}/pod-logs",
        "resolvConf": f"{folder}/resolv.conf",
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "shutdownGracePeriod": "0s",
        "syncFrequency": "10s",  # a changed Secret reaches its pods soon
    }
    (folder / "kubelet.yaml").write_text(yaml.safe_dump(config))


def write_containerd(folder: Path) -> None:
    """containerd.toml, with a root, a state and a socket of its own, and the pod network."""
    (folder / "containerd.toml").write_text(
        f"""\
version = 2
root = "{folder}/containerd"
state = "{folder}/containerd-state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", \
"io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]

[grpc]
  address = "{folder}/containerd.sock"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:local"
  enable_unprivileged_ports = true
  restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "{folder}/cni"
"""
    )
    (folder / "cni").mkdir(exist_ok=True)
    network = {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "cni0",
                "isGateway": True,
                "ipMasq": False,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "dataDir": f"{folder}/cni-state",
                    "ranges": [[{"subnet": "10.244.0.0/24"}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }
    (folder / "cni" / "10-pods.conflist").write_text(json.dumps(network))
