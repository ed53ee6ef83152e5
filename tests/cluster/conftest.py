"""The registry in a real cluster, brought up once for all tests of this folder.

It takes minutes, root, and programs that take longer to compile: it runs when `scripts/test-cluster` asks for it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from scripts.cluster.addons import import_images, install_crds, install_dns, install_envoy_gateway, install_storage
from scripts.cluster.images import Images
from scripts.cluster.leftovers import cluster_folder
from scripts.cluster.namespace import ADDRESS
from scripts.cluster.node import Node
from scripts.cluster.registry import Registry
from scripts.deploy.recipes import toolbox
from scripts.deploy.sources import go, go_environ
from scripts.local.processes import Process
from tests.cluster.client import Client

ASKED_FOR = "TESTS_CLUSTER"  # scripts/test-cluster sets it
IMAGES = ("packages-publisher-go", "gomod-proxy", "gomod-uploader")  # the slowest first
NODE = pytest.StashKey[Node]()
UPSTREAM_PORT = 8099  # in the cluster's own network
HEAVY = ("helmfile", "envoy-gateway", "kubernetes", "cluster-images")
PROGRAMS = ("etcd", "containerd", "ctr", "runc", "buildah", "iptables", "conntrack", "nsenter", "openssl")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what was the matter with the cluster."""
    report = yield
    if report.failed and (node := item.config.stash.get(NODE, None)) is not None:
        report.sections.append(("the cluster", node.describe()))
    return report


@pytest.hookimpl(tryfirst=True)  # pytest's own takes the fixtures down
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """So does being interrupted, which is what happens when the time is up: before everything is taken down."""
    if exitstatus == pytest.ExitCode.INTERRUPTED and (node := session.config.stash.get(NODE, None)) is not None:
        print(node.describe())


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
    with cluster_folder() as made:
        yield made


@pytest.fixture(scope="session")
def building(folder: Path) -> Iterator["Future[Images]"]:
    """The images of this repository, which get ready while the cluster does."""
    with ThreadPoolExecutor() as pool:
        images = pool.submit(_build, folder / "images", pool)
        yield images
    if images.exception() is None:
        images.result().remove()


def _build(folder: Path, pool: ThreadPoolExecutor) -> Images:
    images = Images(folder)
    images.prepare(toolbox().ensure("cluster-images") / "debian.tar")
    for _ in pool.map(images.build_ours, IMAGES):
        pass  # raises what a build raised
    return images


@pytest.fixture(scope="session")
def images(building: "Future[Images]") -> Images:
    return building.result()


@pytest.fixture(scope="session")
def direct(images: Images) -> str:
    """The image for `direct`, which no other test needs."""
    images.build_ours("gomod-proxy-direct")
    return "gomod-proxy-direct"


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest, folder: Path, building: "Future[Images]") -> Iterator[Node]:
    """A Ready node that has what every cluster has."""
    del building  # its work has begun
    box = toolbox()
    node = Node(folder, box.ensure("kubernetes"), box.ensure("helm"))
    request.config.stash[NODE] = node
    try:
        node.start()
        import_images(node, box.ensure("cluster-images"))
        install_crds(node, box.ensure("crds"))
        install_dns(node, {})
        yield node
    finally:
        del request.config.stash[NODE]
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
def registry(node: Node, upstream: str, building: "Future[Images]") -> Registry:
    """The registry after layer 25: installed, ready, and reached by its name."""
    registry = Registry(node, toolbox().ensure("helmfile") / "helmfile", upstream)
    values = registry.values
    install_envoy_gateway(node, values["CLUSTER_GATEWAY_NAMESPACE"], values["CLUSTER_GATEWAY_CLASS"])
    install_storage(node, values["CLUSTER_STORAGE_CLASS"], values["CLUSTER_CLAIM_SIZE"], node.folder / "volume")
    registry.make_secrets()
    import_images(node, building.result().archives)
    registry.run_layer("25")
    registry.name_gateway()
    return registry


@pytest.fixture(scope="session")
def client(registry: Registry) -> Client:
    return Client(registry)
