"""The registry in a real cluster: installed, published to, built with."""

import json
from pathlib import Path

import pytest

from scripts.cluster.commands import CommandError
from scripts.cluster.registry import Registry, wait_for
from scripts.deploy import ROOT
from tests.cluster.client import Client

pytestmark = pytest.mark.may_skip(reason="a cluster needs root and programs that take minutes to compile")


def test_both_deployments_are_ready_on_the_one_claim(registry: Registry) -> None:
    for name in ("gomod-proxy", "gomod-uploader"):
        registry.kubectl("rollout", "status", f"deployment/{name}", "--timeout=10s")
    claim = registry.get("persistentvolumeclaim", "athens-proxy-storage")
    assert claim["status"]["phase"] == "Bound"
    mounted = {
        volume["persistentVolumeClaim"]["claimName"]
        for pod in registry.get("pods", "--selector", "app.kubernetes.io/part-of=gomod-registry")["items"]
        for volume in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert mounted == {"athens-proxy-storage"}
    log = max((ROOT / "logs" / "helm-tests").glob("25-package-registries-local-*-sync.log"))
    assert (
        "gateway.gateway.networking.k8s.io/gateway condition met" in log.read_text()
    )  # what the layer's hook waited for


def test_the_gateway_routes_by_the_name(registry: Registry, client: Client) -> None:
    script = """
import json, sys, httpx
for method, path in (("GET", "/version"), ("GET", "/upload"), ("GET", "/upload/"), ("GET", "/metrics")):
    answer = httpx.request(method, sys.argv[1] + path)
    print(answer.status_code, " ".join(answer.text.split())[:200])
print(httpx.get(sys.argv[1], headers={"Host": "elsewhere.example"}).status_code)
"""
    lines = client.python(script, registry.url).splitlines()
    assert json.loads(lines[0].removeprefix("200 "))["service"] == "gomod-proxy"
    assert lines[1].startswith("405 ")  # the uploader's: it takes POST
    assert lines[2].startswith("404 ")  # the proxy's: no module of that name
    assert lines[3].startswith("404 ")
    assert lines[4] == "421"


SAMPLE = "go.packages.dev.ameide.io/ameide-sdk-go"


def test_layer_27_publishes_builds_and_puts_the_state_down(registry: Registry) -> None:
    output = registry.run_layer("27")
    assert "ok    health: uploader  gomod-uploader " in output  # past the gateway, which the NetworkPolicy allows
    assert f"ok    consumer: {SAMPLE}@v1.0.0  a program that imports {SAMPLE} runs with v1.0.0 h1:" in output
    assert "then HIT, HIT, HIT" in output
    assert "Succeeded" in output
    (state,) = registry.get("configmap", "go-packages-state")["data"].values()
    assert json.loads(state).items() >= {"schema": 1, "module": SAMPLE, "version": "v1.0.0"}.items()
    log = max((ROOT / "logs" / "helm-tests").glob("27-package-go-local-*-test.log"))
    assert log.read_text() in output


def test_a_publish_run_that_fails_fails_the_layer_and_says_where_to_read_on(registry: Registry) -> None:
    before = registry.get("configmap", "go-packages-state")["data"]

    def say(module: str) -> None:
        patch = json.dumps({"stringData": {"GO_MODULE_PATH": module}})
        registry.kubectl("patch", "secret", "packages-go-env", "--patch", patch)

    say(f"{SAMPLE}-of-another-name")
    try:
        with pytest.raises(CommandError) as caught:
            registry.run_layer("27")
    finally:
        say(SAMPLE)
    said = str(caught.value)
    assert f"{SAMPLE}-of-another-name" in said
    assert "package-go-runner: failed; what to do: docs/operations.md#the-publish-test-fails" in said
    assert 'what to do: docs/operations.md, "The publish test fails"' in said
    assert registry.get("configmap", "go-packages-state")["data"] == before  # consumers keep the last good one


CONSUMER = """
set -eu
cd "$(mktemp -d)"
version=$(python -c 'import json; print(json.load(open("/state/ameide-sdk-go.json"))["version"])')
go mod init consumer.invalid
go mod edit -require "$GO_MODULE_PATH@$version"
printf 'package main\n\nimport _ "%s"\n\nfunc main() {}\n' "$GO_MODULE_PATH" >main.go
go mod tidy
go run .
go list -m "$GO_MODULE_PATH"
"""


def test_a_consumer_builds_with_the_version_that_the_state_names(registry: Registry) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "consumer"},
        "spec": {
            "restartPolicy": "Never",
            "containers": [
                {
                    "name": "build",
                    "image": "localhost/packages-publisher-go:local",
                    "command": ["sh", "-c", CONSUMER],
                    "envFrom": [{"secretRef": {"name": "packages-go-env"}}],
                    "env": [{"name": "HOME", "value": "/tmp"}],
                    "volumeMounts": [{"name": "state", "mountPath": "/state"}],
                }
            ],
            "volumes": [{"name": "state", "configMap": {"name": "go-packages-state"}}],
        },
    }
    registry.kubectl("apply", "--filename", "-", stdin=json.dumps(pod))
    wait_for("the build ends", 120, lambda: phase(registry, "consumer") in ("Succeeded", "Failed"))
    assert registry.kubectl("logs", "consumer").splitlines()[-1] == f"{SAMPLE} v1.0.0"
    assert phase(registry, "consumer") == "Succeeded"


def phase(registry: Registry, pod: str) -> str:
    said: str = registry.get("pod", pod)["status"]["phase"]
    return said


def test_the_state_reaches_a_developers_folder_by_the_sync_script(registry: Registry, tmp_path: Path) -> None:
    registry.script("sync-go-packages-state.sh", registry.namespace, tmp_path)
    (file,) = tmp_path.iterdir()
    assert file.name == "ameide-sdk-go.json"
    assert file.read_text() == registry.get("configmap", "go-packages-state")["data"][file.name]


def test_the_check_of_the_state_ends_well_while_it_is_in_order_and_fails_when_a_key_is_gone(registry: Registry) -> None:
    def check(job: str) -> set[str]:
        registry.kubectl("create", "job", "--from=cronjob/package-go-state-check", job)
        wait_for("it ends", 120, lambda: bool(ended(job)))
        return ended(job)

    def ended(job: str) -> set[str]:
        conditions = registry.get("job", job)["status"].get("conditions", [])
        return {each["type"] for each in conditions if each["status"] == "True"} & {"Complete", "Failed"}

    assert check("in-order") == {"Complete"}
    registry.kubectl("patch", "configmap", "go-packages-state", "--patch", '{"data": {"ameide-sdk-go.json": null}}')
    assert check("out-of-order") == {"Failed"}
    assert "missing" in registry.kubectl("logs", "job/out-of-order")
