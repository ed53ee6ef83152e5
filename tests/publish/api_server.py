"""A Kubernetes API server on loopback, alone: etcd and kube-apiserver as `scripts/tools kubernetes` made it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from scripts.deploy.recipes import toolbox
from scripts.local.processes import Process
from tests.ports import free_port
from tests.waiting import wait_for

NAMESPACE = "ameide"
CONFIGMAP = "go-packages-state"
RUNNER = "package-go-runner"
ADMIN = "token-of-the-admin"

_MANIFEST = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": CONFIGMAP}}


@dataclass(frozen=True)
class ApiServer:
    """An API server, seen by its administrator, and what the publish runner in a pod would have of it."""

    url: str
    ca_file: Path
    token_file: Path  # of the runner

    def variables(self) -> dict[str, str]:
        """What tells gomod-publish how to reach the ConfigMap as the runner."""
        return {
            "GO_STATE_CONFIGMAP": CONFIGMAP,
            "GO_STATE_SERVER": self.url,
            "GO_STATE_NAMESPACE": NAMESPACE,
            "GO_STATE_TOKEN_FILE": str(self.token_file),
            "GO_STATE_CA_FILE": str(self.ca_file),
        }

    def kubeconfig(self, path: Path) -> Path:
        """A file for kubectl, by which it is the administrator."""
        cluster = {"server": self.url, "certificate-authority": str(self.ca_file)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"token": ADMIN}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        path.write_text(json.dumps(config))
        return path

    def make_configmap(self) -> None:
        """An empty ConfigMap, as the chart makes it; what stood there before is gone."""
        self.remove_configmap()
        self.admin("POST", "configmaps", body=_MANIFEST)

    def remove_configmap(self) -> None:
        """No ConfigMap."""
        self.admin("DELETE", f"configmaps/{CONFIGMAP}", absent_is_fine=True)

    def configmap(self) -> dict[str, Any]:
        """The ConfigMap as it is."""
        document: dict[str, Any] = self.admin("GET", f"configmaps/{CONFIGMAP}").json()
        return document

    def data(self) -> dict[str, str]:
        """Its keys."""
        keys: dict[str, str] = self.configmap().get("data") or {}
        return keys

    def edit(self, data: Mapping[str, str | None]) -> None:
        """What somebody does by hand: `kubectl patch`. None takes a key away."""
        self.admin(
            "PATCH",
            f"configmaps/{CONFIGMAP}?fieldManager=kubectl-patch",
            body={"data": dict(data)},
            headers={"Content-Type": "application/merge-patch+json"},
        )

    def owners(self, key: str) -> set[str]:
        """The field managers of a key."""
        return {
            entry["manager"]
            for entry in self.configmap()["metadata"].get("managedFields", [])
            if f"f:{key}" in entry["fieldsV1"].get("f:data", {})
        }

    def admin(
        self,
        method: str,
        path: str,
        *,
        absent_is_fine: bool = False,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        group: str = "api/v1",
    ) -> httpx.Response:
        """Anything in the namespace, as the administrator."""
        answer = httpx.request(
            method,
            f"{self.url}/{group}/namespaces/{NAMESPACE}/{path}",
            json=body,
            headers={"Authorization": f"Bearer {ADMIN}", **(headers or {})},
            verify=False,  # it is the test's own
            trust_env=False,
        )
        if not (absent_is_fine and answer.status_code == 404):
            answer.raise_for_status()
        return answer


def missing() -> str:
    """What a real API server needs and this machine does not have; empty when it has everything."""
    if toolbox().find("kubernetes") is None:
        return "kubernetes (`scripts/tools kubernetes` compiles it)"
    return "" if shutil.which("etcd") else "etcd"


@contextmanager
def running_api_server(folder: Path, role: list[dict[str, Any]]) -> Iterator[ApiServer]:
    """The real one, with the objects of `role` in the namespace: a ServiceAccount, its Role and its RoleBinding."""
    programs = toolbox().find("kubernetes")
    assert programs is not None
    peers, etcd, port = (free_port() for _ in range(3))
    subprocess.run(["openssl", "genrsa", "-out", folder / "sa.key", "2048"], check=True, capture_output=True)
    (folder / "tokens.csv").write_text(f'{ADMIN},admin,1,"system:masters"\n')
    api = ApiServer(f"https://127.0.0.1:{port}", folder / "api" / "apiserver.crt", folder / "token")
    lines: list[str] = []
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}

    def start(name: str, *command: str) -> Process:
        return Process(name, command, environ, on_line=lambda name, line: lines.append(f"{name} | {line}"))

    store = start(
        "etcd", shutil.which("etcd") or "etcd", f"--data-dir={folder}/etcd", f"--listen-client-urls=http://127.0.0.1:{etcd}",
        f"--advertise-client-urls=http://127.0.0.1:{etcd}", f"--listen-peer-urls=http://127.0.0.1:{peers}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
        f"--initial-cluster=default=http://127.0.0.1:{peers}",
    )  # fmt: skip
    server = start(
        "kube-apiserver", str(programs / "kube-apiserver"), f"--etcd-servers=http://127.0.0.1:{etcd}",
        f"--secure-port={port}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/16", f"--cert-dir={folder}/api",
        "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={folder}/sa.key",
        f"--service-account-signing-key-file={folder}/sa.key", "--authorization-mode=RBAC",
        f"--token-auth-file={folder}/tokens.csv",
    )  # fmt: skip
    try:
        wait_for(lambda: _is_ready(api, server), "the API server", 120)
        _prepare(api, role)
        yield api
    finally:
        server.stop(10)
        store.stop(10)
        print("\n".join(lines[-50:]))  # pytest shows it when a test failed


def _is_ready(api: ApiServer, server: Process) -> bool:
    assert server.running()
    try:
        answer = httpx.get(f"{api.url}/readyz", headers={"Authorization": f"Bearer {ADMIN}"}, verify=False)
    except httpx.TransportError:
        return False
    return answer.text == "ok"


def _prepare(api: ApiServer, role: list[dict[str, Any]]) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    headers = {"Authorization": f"Bearer {ADMIN}"}
    httpx.post(f"{api.url}/api/v1/namespaces", json=namespace, headers=headers, verify=False).raise_for_status()
    for document in role:
        group = "api/v1" if document["apiVersion"] == "v1" else f"apis/{document['apiVersion']}"
        api.admin("POST", f"{document['kind'].lower()}s", body=document, group=group)
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    answer = api.admin("POST", f"serviceaccounts/{RUNNER}/token", body=request)
    api.token_file.write_text(answer.json()["status"]["token"])
