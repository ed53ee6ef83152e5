"""What goes wrong in clusters, done on purpose: nothing that was published is lost, and nothing half is ever seen."""

import json
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scripts.cluster.addons import set_read_only
from scripts.cluster.registry import Registry, wait_for
from tests.cluster.client import Client

pytestmark = pytest.mark.may_skip(reason="a cluster needs root and programs that take minutes to compile")

HOST = "go.packages.dev.ameide.io"
TRAFFIC = Path(__file__).with_name("traffic.py").read_text()
READY = 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}'


class Background:
    """A Python program in the client's pod, while the test goes on."""

    def __init__(self, client: Client, text: str, *arguments: str) -> None:
        self._answer = ""
        self._thread = threading.Thread(target=self._run, args=(client, text, *arguments))
        self._thread.start()

    def _run(self, client: Client, text: str, *arguments: str) -> None:
        self._answer = client.python(text, *arguments)

    def result(self) -> Any:  # noqa: ANN401 - JSON
        """What it printed, once it has ended."""
        self._thread.join()
        return json.loads(self._answer)


def is_ready(registry: Registry, name: str, expected: str) -> bool:
    """Whether all pods of a service that are not on their way out are Ready, `True` or `False`."""
    conditions = registry.kubectl("get", "pods", "--selector", f"app.kubernetes.io/name={name}", "--output", READY)
    return set(conditions.split()) == {expected}


def test_a_rolling_restart_of_both_services_loses_nothing(registry: Registry, client: Client) -> None:
    traffic = Background(client, TRAFFIC, registry.url, f"{HOST}/rolling", "25")
    for name in ("gomod-proxy", "gomod-uploader"):
        registry.kubectl("rollout", "restart", f"deployment/{name}")
        registry.kubectl("rollout", "status", f"deployment/{name}", "--timeout=120s")
    result = traffic.result()
    assert result["published"] > 20
    assert result["errors"] == []
    assert result["not_listed"] == []


SLOW_UPLOAD = """
import json, os, sys, time, httpx
url, module = sys.argv[1:]
def body():
    head = '--x\\r\\nContent-Disposition: form-data; name="{}"\\r\\n\\r\\n{}\\r\\n'
    yield head.format("module", module).encode() + head.format("version", "v1.0.0").encode()
    yield b'--x\\r\\nContent-Disposition: form-data; name="zip"; filename="zip"\\r\\n\\r\\n'
    for _ in range(600):
        yield bytes(65536)
        time.sleep(0.1)
try:
    headers = {"Authorization": "Bearer " + os.environ["GO_REGISTRY_TOKEN"]}
    headers["Content-Type"] = "multipart/form-data; boundary=x"
    print(json.dumps(httpx.post(url + "/upload", content=body(), headers=headers, timeout=60).status_code))
except httpx.TransportError as error:
    print(json.dumps(repr(error)))
"""


def test_an_uploader_killed_in_the_middle_of_a_publish_leaves_nothing_to_see(
    registry: Registry, client: Client
) -> None:
    module = f"{HOST}/killed"
    upload = Background(client, SLOW_UPLOAD, registry.url, module)
    staging = registry.node.folder / "volume" / ".staging"
    wait_for("the upload is on its way", 30, lambda: any(path.stat().st_size for path in staging.rglob("*")
                                                         if path.is_file()))  # fmt: skip
    registry.kubectl(
        "delete", "pod", "--selector", "app.kubernetes.io/name=gomod-uploader", "--force", "--grace-period=0"
    )
    assert upload.result() not in (200, 201)
    registry.kubectl("rollout", "status", "deployment/gomod-uploader", "--timeout=120s")
    assert not (registry.node.folder / "volume" / module).exists()
    result = json.loads(client.python(TRAFFIC, registry.url, module, "1"))  # and the module can be published now
    assert result["published"] > 0
    assert result["errors"] == []


def test_a_volume_gone_read_only_makes_pods_not_ready_and_holds_a_rollout(registry: Registry) -> None:
    volume = registry.node.folder / "volume"

    wait_for("read-only", 10, lambda: set_read_only(volume, True))
    try:
        for name in ("gomod-proxy", "gomod-uploader"):
            wait_for(f"{name} is not ready", 60, partial(is_ready, registry, name, "False"))
        before = registry.kubectl("get", "pods", "--selector", "app.kubernetes.io/name=gomod-proxy", "--output", "name")
        registry.kubectl("rollout", "restart", "deployment/gomod-proxy")
        wait_for(
            "the next pod is there",
            30,
            lambda: len(registry.get("pods", "--selector", "app.kubernetes.io/name=gomod-proxy")["items"]) == 2,
        )
        status = registry.get("deployment", "gomod-proxy")["status"]
        assert status.get("readyReplicas", 0) == 0
        pods = registry.kubectl("get", "pods", "--selector", "app.kubernetes.io/name=gomod-proxy", "--output", "name")
        assert before.strip() in pods  # the old pod goes only when the new one is ready
    finally:
        wait_for("writable", 10, lambda: set_read_only(volume, False))
    # The old pod is ready again by itself. A container that was started meanwhile keeps a read-only mount: the kubelet
    # restarts it when its startup probe gives up; who can't wait five minutes deletes the pod (docs/operations.md).
    old = before.strip()
    wait_for(f"{old} is ready", 60, lambda: registry.kubectl("wait", old, "--for=condition=Ready") != "")
    for pod in set(pods.split()) - {old}:
        registry.kubectl("delete", pod, "--grace-period=1")
    for name in ("gomod-proxy", "gomod-uploader"):
        registry.kubectl("rollout", "status", f"deployment/{name}", "--timeout=180s")
        wait_for(f"{name} is ready", 60, partial(is_ready, registry, name, "True"))
