"""What a cluster has before the registry comes: custom resources, DNS, Envoy Gateway, a StorageClass with a volume."""

import json
import subprocess
from pathlib import Path

import yaml

from scripts.cluster.configuration import DNS_ADDRESS
from scripts.cluster.node import Node
from scripts.deploy.sources import module

_DNS = {"app.kubernetes.io/name": "coredns"}


def install_crds(node: Node, crds: Path) -> None:
    """Gateway API, Envoy Gateway, External Secrets and the Prometheus operator: their kinds, not their controllers."""
    node.kubectl("apply", "--server-side", "--filename", str(crds))


def install_dns(node: Node, hosts: dict[str, str]) -> None:
    """CoreDNS; `hosts` maps names of the outer world to addresses. Called again, it changes them."""
    names = "".join(f"    {address} {name}\n" for name, address in hosts.items())
    # A pod that goes answers on until everybody has heard of the next one.
    corefile = (
        ".:53 {\n  errors\n  ready\n  health {\n    lameduck 3s\n  }\n  hosts {\n" + names + "    fallthrough\n  }\n"
        "  kubernetes cluster.local in-addr.arpa\n  cache 5\n}\n"
    )
    labels = {"metadata": {"name": "coredns", "namespace": "kube-system"}}
    documents = [
        {"apiVersion": "v1", "kind": "ServiceAccount", **labels},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "coredns"},
            "rules": [
                {"apiGroups": [""], "resources": ["services", "namespaces"], "verbs": ["list", "watch"]},
                {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
            ],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "coredns"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "coredns"},
            "subjects": [{"kind": "ServiceAccount", "name": "coredns", "namespace": "kube-system"}],
        },
        {"apiVersion": "v1", "kind": "ConfigMap", **labels, "data": {"Corefile": corefile}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "kube-dns", "namespace": "kube-system"},
            "spec": {
                "clusterIP": DNS_ADDRESS,
                "selector": _DNS,
                "ports": [
                    {"name": "dns", "port": 53, "protocol": "UDP"},
                    {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
                ],
            },
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            **labels,
            "spec": {
                "selector": {"matchLabels": _DNS},
                "template": {
                    # A changed Corefile is a changed pod.
                    "metadata": {"labels": _DNS, "annotations": {"corefile": corefile}},
                    "spec": {
                        "serviceAccountName": "coredns",
                        "dnsPolicy": "Default",
                        "terminationGracePeriodSeconds": 10,
                        "containers": [
                            {
                                "name": "coredns",
                                "image": "localhost/coredns:local",
                                "args": ["-conf", "/etc/coredns/Corefile"],
                                "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns"}],
                                "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
                            }
                        ],
                        "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
                    },
                },
            },
        },
    ]
    node.kubectl("apply", "--server-side", "--force-conflicts", "--filename", "-", stdin=yaml.safe_dump_all(documents))
    node.kubectl("--namespace", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=120s")


def install_envoy_gateway(node: Node, namespace: str, gateway_class: str) -> None:
    """Envoy Gateway by its own chart, with images of the programs that are on this machine, and a GatewayClass."""
    source = module("github.com/envoyproxy/gateway", "v1.9.1") / "charts" / "gateway-helm"
    chart = node.folder / "gateway-helm"
    node.network.run("cp", "-r", source, chart)
    values = (source / "values.tmpl.yaml").read_text()
    (chart / "values.yaml").write_text(
        values.replace("${GatewayImage}", "localhost/envoy-gateway:local").replace(
            "${GatewayImagePullPolicy}", "IfNotPresent"
        )
    )
    node.network.run(
        "env", f"KUBECONFIG={node.kubeconfig}", f"HOME={node.folder}", node.clients / "helm", "upgrade", "--install",
        "envoy-gateway", chart, "--namespace", namespace, "--create-namespace", "--wait", "--timeout", "180s",
        "--set", "crds.enabled=false",
    )  # fmt: skip
    document = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GatewayClass",
        "metadata": {"name": gateway_class},
        "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
    }
    node.kubectl("apply", "--filename", "-", stdin=yaml.safe_dump(document))


def install_storage(node: Node, storage_class: str, size: str, folder: Path) -> None:
    """A StorageClass, and one volume of it: a file system of its own, so that `set_read_only` can break it."""
    disk = folder.with_name("disk")
    for path in (disk, folder):
        path.mkdir(parents=True, exist_ok=True)
    node.network.run("mount", "-t", "tmpfs", "-o", "size=1g", "gomod-cluster", disk)
    node.network.run("mount", "--bind", disk, folder)
    documents = [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": storage_class},
            "provisioner": "kubernetes.io/no-provisioner",
            "volumeBindingMode": "WaitForFirstConsumer",
            "reclaimPolicy": "Retain",
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "modules"},
            "spec": {
                "capacity": {"storage": size},
                "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
                "storageClassName": storage_class,
                "persistentVolumeReclaimPolicy": "Retain",
                "local": {"path": str(folder)},
                "nodeAffinity": {
                    "required": {
                        "nodeSelectorTerms": [
                            {
                                "matchExpressions": [
                                    {"key": "kubernetes.io/hostname", "operator": "In", "values": ["node1"]}
                                ]
                            }
                        ]
                    }
                },
            },
        },
    ]
    node.kubectl("apply", "--filename", "-", stdin=yaml.safe_dump_all(documents))


def set_read_only(folder: Path, read_only: bool) -> bool:
    """Make the file system under the volume read-only or writable; False when somebody was writing just then.

    Only the file system changes: a remount of the volume's own folder would also mark the mount that every later pod
    gets a copy of.
    """
    how = "ro" if read_only else "rw"
    disk = folder.with_name("disk")
    return subprocess.run(["mount", "-o", f"remount,{how}", disk], capture_output=True, check=False).returncode == 0


def import_images(node: Node, archives: Path) -> None:
    """Every image of a folder of OCI archives that buildah wrote."""
    for archive in sorted(archives.glob("*.oci.tar")):
        node.ctr("images", "import", archive)


def gateway_address(node: Node, namespace: str, gateway: str) -> str:
    """The ClusterIP of the Service that Envoy Gateway made for a Gateway, once it is programmed."""
    node.kubectl(
        "--namespace", namespace, "wait", f"gateway/{gateway}", "--for=condition=Programmed", "--timeout=180s"
    )  # fmt: skip
    selector = f"gateway.envoyproxy.io/owning-gateway-name={gateway}"
    found = json.loads(node.kubectl("get", "service", "--all-namespaces", "--selector", selector, "--output", "json"))
    address: str = found["items"][0]["spec"]["clusterIP"]
    return address
