"""The registry in a real cluster: installed, published to, built with."""

import json

import pytest

from scripts.cluster.registry import Registry
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
    again = registry.run_layer("27")  # the same version again is a success
    assert f"was there already, identical: {SAMPLE}@v1.0.0" in again
    assert "ameide-sdk-go.json: still" in again
