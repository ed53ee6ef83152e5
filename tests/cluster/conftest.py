"""The registry in a real cluster, brought up once for all tests of this folder.

It takes minutes, root, and programs that take longer to compile: it runs when `scripts/test-cluster` asks for it.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.cluster.addons import import_images, install_crds, install_dns, install_envoy_gateway, install_storage
from scripts.cluster.images import Images
from scripts.cluster.namespace import ADDRESS
from scripts.cluster.node import Node
from scripts.cluster.registry import Registry
from scripts.deploy.recipes import toolbox
from scripts.deploy.sources import go, go_environ
from scripts.local.processes import Process
from tests.cluster.client import Client

ASKED_FOR = "TESTS_CLUSTER"  # scripts/test-cluster sets it
UPSTREAM_PORT = 8099  # in the cluster's own network
HEAVY = ("helmfile", "envoy-gateway", "kubernetes", "cluster-images")
PROGRAMS = ("etcd", "containerd", "ctr", "runc", "buildah", "iptables", "conntrack", "nsenter", "openssl")


def missing() -> list[str]:
    """What a cluster needs and this machine does not have."""
    box = toolbox()
    return [
        *(["root"] if os.geteuid() != 0 else []),
        *(name for name in PROGRAMS if shutil.which(name) is None),
        *(name for name in HEAVY if box.find(name) is None),
    ]


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Where everything of the cluster is written; skips what needs it unless it was asked for."""
    if os.environ.get(ASKED_FOR) != "1":
        pytest.skip("scripts/test-cluster runs this")
    lacking = missing()
    assert not lacking, f"a cluster needs {', '.join(lacking)}"
    with (toolbox().folder / "cluster.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # its network has a name: one at a time on a machine
        # A short path: those of sockets may not be long.
        made = Path(tempfile.mkdtemp(prefix="gomod-cluster-", dir="/var/tmp"))
        yield made
        shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def images(folder: Path) -> Iterator[Images]:
    """The images of this repository, as they are now."""
    images = Images(folder / "images")
    images.prepare(toolbox().ensure("cluster-images") / "debian.tar")
    images.build_ours("gomod-proxy", "gomod-uploader", "packages-publisher-go")
    yield images
    images.remove()


@pytest.fixture(scope="session")
def node(folder: Path, images: Images) -> Iterator[Node]:
    """A Ready node that has every image."""
    box = toolbox()
    node = Node(folder, box.ensure("kubernetes"), box.ensure("helm"))
    try:
        node.start()
        install_crds(node, box.ensure("crds"))
        for archives in (box.ensure("cluster-images"), images.archives):
            import_images(node, archives)
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="session")
def upstream(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A GOPROXY inside the cluster's network, with one real public module in it."""
    cache = tmp_path_factory.mktemp("upstream")
    subprocess.run(
        [go(), "mod", "download", "github.com/google/uuid@v1.6.0"],
        cwd=cache,
        env={**os.environ, **go_environ(GOMODCACHE=str(cache), GOFLAGS="-modcacherw")},
        check=True,
    )
    files = cache / "cache" / "download"
    server = Process(
        "upstream",
        node.network.command(
            sys.executable, "-m", "http.server", str(UPSTREAM_PORT), "--bind", ADDRESS, "--directory", files
        ),
        {"PATH": os.environ["PATH"]},
        on_line=lambda _, line: print(line),
    )
    yield f"http://{ADDRESS}:{UPSTREAM_PORT}"
    server.stop(5)


@pytest.fixture(scope="session")
def registry(node: Node, upstream: str) -> Registry:
    """The registry after layer 25: installed, ready, and reached by its name."""
    registry = Registry(node, toolbox().ensure("helmfile") / "helmfile", upstream)
    values = registry.values
    install_dns(node, {})
    install_envoy_gateway(node, values["CLUSTER_GATEWAY_NAMESPACE"], values["CLUSTER_GATEWAY_CLASS"])
    install_storage(node, values["CLUSTER_STORAGE_CLASS"], values["CLUSTER_CLAIM_SIZE"], node.folder / "volume")
    registry.make_secrets()
    registry.run_layer("25")
    registry.name_gateway()
    return registry


@pytest.fixture(scope="session")
def client(registry: Registry) -> Client:
    return Client(registry)
