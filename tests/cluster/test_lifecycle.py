"""Syncs, upgrades, rollbacks, uninstalling: what is said holds, and what was published stays."""

import shutil
from pathlib import Path

import pytest

from scripts.cluster.registry import Registry
from scripts.deploy import ROOT
from tests.cluster.client import Client

pytestmark = pytest.mark.may_skip(reason="a cluster needs root and programs that take minutes to compile")

SAMPLE = "go.packages.dev.ameide.io/ameide-sdk-go"


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
    registry.kubectl("patch", "configmap", "gomod-proxy", "--patch", '{"data": {"GOMOD_NETWORK_MODE": "strict"}}')
    registry.kubectl("patch", "service", "gomod-uploader", "--patch", '{"spec": {"sessionAffinity": "ClientIP"}}')
    registry.kubectl(
        "patch", "httproute", "gateway-uploader", "--type=json",
        "--patch", '[{"op": "replace", "path": "/spec/rules/0/matches/0/path/value", "value": "/up"}]',
    )  # fmt: skip
    registry.helmfile("sync")
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


def test_an_upgrade_and_a_rollback_keep_what_was_published(
    registry: Registry, client: Client, published: str, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "deploy" / "helm", tmp_path / "helm", ignore=shutil.ignore_patterns("charts", "Chart.lock"))
    chart = tmp_path / "helm" / "gomod-proxy"
    about = chart / "Chart.yaml"
    about.write_text(about.read_text().replace("\nversion: 0.1.0\n", "\nversion: 0.1.1\n"))
    registry.helm("dependency", "build", str(chart))
    registry.helm("upgrade", "gomod-proxy", str(chart), "--reuse-values", "--wait", "--timeout", "180s")
    assert "gomod-proxy-0.1.1" in registry.helm("list", "--filter", "gomod-proxy")
    assert info(registry, client) == published
    registry.helm("rollback", "gomod-proxy", "--wait", "--timeout", "180s")
    assert info(registry, client) == published


def test_uninstalling_keeps_the_modules_and_installing_again_serves_them(
    registry: Registry, client: Client, published: str
) -> None:
    registry.helmfile("destroy")
    claim = registry.get("persistentvolumeclaim", "athens-proxy-storage")
    assert claim["status"]["phase"] == "Bound"
    assert registry.get("configmap", "go-packages-state")
    registry.helmfile("sync")
    registry.name_gateway()
    assert info(registry, client) == published
