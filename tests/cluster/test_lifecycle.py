"""Syncs, upgrades, rollbacks, uninstalling: what is said holds, and what was published stays."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scripts.cluster.addons import import_images
from scripts.cluster.images import Images
from scripts.cluster.registry import Registry, wait_for
from tests.cluster.client import Client
from tests.cluster.previous import CHART_VERSION, previous_tree

pytestmark = pytest.mark.may_skip(reason="a cluster needs root and programs that take minutes to compile")

HOST = "go.packages.dev.ameide.io"
SAMPLE = f"{HOST}/ameide-sdk-go"
TRAFFIC = Path(__file__).with_name("traffic.py").read_text()


def info(registry: Registry, client: Client) -> str:
    """What the registry serves of the sample; the same for ever."""
    return client.run(
        "python",
        "-c",
        f"import httpx; print(httpx.get('{registry.url}/{SAMPLE}/@v/v1.0.0.info').raise_for_status().text)",
    )


@pytest.fixture(scope="module")
def published(registry: Registry, client: Client) -> str:
    client.run("gomod-publish", "pack", "/modules/ameide-sdk-go", "--output", "/tmp/packed")
    client.run("gomod-publish", "upload", "/tmp/packed")
    return info(registry, client)


def test_an_edit_by_hand_is_put_back_by_the_next_sync(registry: Registry) -> None:
    policy = registry.get("configmap", "gomod-proxy-policy")["data"]
    assert "D\n" in policy["policy"]
    edited = json.dumps({"data": {"policy": "-\n"}})  # refuses everything
    registry.kubectl("patch", "configmap", "gomod-proxy-policy", "--patch", edited)
    registry.kubectl("patch", "configmap", "gomod-proxy", "--patch", '{"data": {"GOMOD_NETWORK_MODE": "strict"}}')
    registry.kubectl(
        "patch", "httproute", "gateway-uploader", "--type=json",
        "--patch", '[{"op": "replace", "path": "/spec/rules/0/matches/0/path/value", "value": "/up"}]',
    )  # fmt: skip
    registry.helmfile("sync")
    assert registry.get("configmap", "gomod-proxy-policy")["data"] == policy
    assert registry.get("configmap", "gomod-proxy")["data"]["GOMOD_NETWORK_MODE"] == "fallback"
    route = registry.get("httproute", "gateway-uploader")
    assert route["spec"]["rules"][0]["matches"][0]["path"]["value"] == "/upload"


def test_a_sync_leaves_the_published_state_alone(registry: Registry) -> None:
    runner = f"--as=system:serviceaccount:{registry.namespace}:package-go-runner"
    patch = '{"data": {"ameide-sdk-go.json": "{}"}}'
    registry.kubectl("patch", "configmap", "go-packages-state", "--patch", patch, runner)
    registry.helmfile("sync")
    assert registry.get("configmap", "go-packages-state")["data"] == {"ameide-sdk-go.json": "{}"}


@pytest.mark.parametrize(
    ("verb", "what", "allowed"),
    [
        ("patch", "configmap/go-packages-state", "yes"),
        ("get", "configmap/go-packages-state", "yes"),
        ("delete", "configmap/go-packages-state", "no"),
        ("patch", "configmap/gomod-proxy", "no"),
        ("get", "secret/packages-go-env", "no"),
        ("create", "configmaps", "no"),
    ],
)
def test_the_runner_may_write_the_state_and_nothing_else(
    registry: Registry, verb: str, what: str, allowed: str
) -> None:
    runner = f"--as=system:serviceaccount:{registry.namespace}:package-go-runner"
    # `can-i` says no by its exit status too.
    answer = registry.node.network.run(
        "sh", "-c", '"$@" || true', "sh", "env", f"KUBECONFIG={registry.node.kubeconfig}",
        registry.node.clients / "kubectl", "--namespace", registry.namespace, "auth", "can-i", verb, what, runner,
    )  # fmt: skip
    assert answer.strip() == allowed


def test_everything_of_production_is_taken_by_the_api_server(registry: Registry) -> None:
    # Strictly, with the rules of the Gateway API that no schema can say; nothing is kept. In another namespace: what
    # stands in the usual one has fields that never change.
    rendered = registry.helmfile("template", "--skip-tests", environment="production")
    answer = registry.node.kubectl(
        "--namespace", "default", "apply", "--server-side", "--dry-run=server", "--validate=strict",
        "--filename", "-", stdin=rendered,
    )  # fmt: skip
    assert "persistentvolumeclaim/athens-proxy-storage serverside-applied (server dry run)" in answer
    assert "prometheusrule.monitoring.coreos.com/gomod-proxy serverside-applied (server dry run)" in answer


@pytest.fixture(scope="module")
def previous(registry: Registry, images: Images, published: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The previous version's tree. It has taken the present one's place, on the volume that uninstalling has left."""
    del published  # before that
    tree = previous_tree(tmp_path_factory.mktemp("tree"))
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(lambda name: images.build_ours(name, tree=tree), ("gomod-proxy", "gomod-uploader")):
            pass  # raises what a build raised
    import_images(registry.node, images.archives / tree.name)
    registry.helmfile("sync")  # both layers, whatever ran before
    registry.helmfile("destroy")
    return tree


def charts(registry: Registry) -> set[str]:
    """Which versions of the charts are installed."""
    return {release["chart"].rpartition("-")[2] for release in json.loads(registry.helm("list", "--output", "json"))}


def test_uninstalling_keeps_the_modules_and_whoever_is_installed_next_serves_them(
    registry: Registry, client: Client, published: str, previous: Path
) -> None:
    assert registry.get("persistentvolumeclaim", "athens-proxy-storage")["status"]["phase"] == "Bound"
    assert registry.get("configmap", "go-packages-state")
    registry.helmfile("sync", tree=previous)
    registry.name_gateway()
    assert charts(registry) == {CHART_VERSION}
    # Who asked before may be told the former gateway's address for some seconds.
    wait_for("it is served again", 60, lambda: info(registry, client) == published)


def test_an_upgrade_from_the_previous_version_and_a_rollback_to_it_keep_what_was_published(
    registry: Registry, client: Client, published: str, previous: Path
) -> None:
    del previous  # it runs
    older = json.loads(client.python(TRAFFIC, registry.url, f"{HOST}/older", "1"))
    registry.helmfile("sync")
    assert CHART_VERSION not in charts(registry)
    assert info(registry, client) == published
    assert versions(registry, client, "older") == older["published"] > 0
    newer = json.loads(client.python(TRAFFIC, registry.url, f"{HOST}/newer", "1"))
    for name in ("gomod-proxy", "gomod-uploader"):
        registry.helm("rollback", name, "--wait", "--timeout", "180s")
    assert CHART_VERSION in charts(registry)
    assert info(registry, client) == published
    assert versions(registry, client, "newer") == newer["published"] > 0
    registry.helmfile("sync")


def versions(registry: Registry, client: Client, module: str) -> int:
    """How many versions of a module are listed."""
    url = f"{registry.url}/{HOST}/{module}/@v/list"
    return len(client.run("python", "-c", f"import httpx; print(httpx.get('{url}').text)").split())
