"""The registry in the cluster, installed as a platform team would: secrets, both layers, a name for the gateway."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from scripts.cluster.addons import gateway_address, install_dns
from scripts.cluster.commands import CommandError, run
from scripts.cluster.node import Node
from scripts.cluster.vault import TOKEN, VaultDouble
from scripts.deploy import ROOT
from scripts.local.environment import read_environment


class Registry:
    """The registry's releases in the environment `local`."""

    def __init__(self, node: Node, helmfile: Path, upstream: str) -> None:
        self.node = node
        self.values = read_environment(
            ROOT / "environments" / "local.env", given={"ROOT": str(ROOT)}, required=("CLUSTER_NAMESPACE",)
        )
        self.namespace = self.values["CLUSTER_NAMESPACE"]
        self.hostname = self.values["CLUSTER_HOSTNAME"]
        self.url = f"{self.values['CLUSTER_SCHEME']}://{self.hostname}"
        self.token = ""  # of a publisher that is no pod
        self._helmfile = helmfile
        self._environ = {
            **node.environ(),
            "PATH": f"{helmfile.parent}:{node.environ()['PATH']}",
            "HOME": str(node.folder),
            "HELMFILE_UPGRADE_NOTICE_DISABLED": "1",
            "GOMOD_UPSTREAMS": upstream,
        }

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """What kubectl prints, in the registry's namespace."""
        return self.node.kubectl("--namespace", self.namespace, *arguments, stdin=stdin)

    def get(self, *what: str) -> dict[str, Any]:
        """An object of the namespace."""
        document: dict[str, Any] = json.loads(self.kubectl("get", *what, "--output", "json"))
        return document

    def helm(self, *arguments: str) -> str:
        """What helm prints, in the registry's namespace."""
        return self._inside("helm", "--namespace", self.namespace, *arguments)

    def helmfile(self, *arguments: str, environment: str = "local", tree: Path = ROOT) -> str:
        """What helmfile prints over both layers of a tree of this repository."""
        layers = tree / "deploy" / "helmfile" / "helmfile.yaml.gotmpl"
        return self._inside(self._helmfile, "--quiet", "--file", layers, "--environment", environment, *arguments)

    def script(self, name: str, *arguments: str | Path) -> str:
        """What a script of the repository prints that speaks to the cluster. Raises CommandError."""
        return self._inside(ROOT / "scripts" / name, *arguments)

    def run_layer(self, layer: str) -> str:
        """What scripts/run-helm-layer.sh prints. Raises CommandError."""
        return self.script("run-helm-layer.sh", layer, "local")

    def name_gateway(self) -> None:
        """Let the registry's name lead to the gateway, for every pod."""
        install_dns(self.node, {self.hostname: gateway_address(self.node, self.namespace, "gateway")})

    def make_secrets(self) -> None:
        """Seed Vault (a double) by our own script, and copy each ExternalSecret's keys, as External Secrets would."""
        tokens = self.node.folder / "tokens.toml"
        modules = self.values["GOMOD_PRIVATE_PATTERNS"]
        words = ["new", "cluster", "--modules", modules, "--days", "1", "--file", str(tokens)]
        self.token = run([Path(sys.executable).with_name("gomod-token"), *words]).split()[0]
        with VaultDouble() as vault:
            run(
                [ROOT / "scripts" / "vault" / "ensure-local-secrets.py"],
                environ={
                    "VAULT_ADDR": vault.address,
                    "VAULT_TOKEN": TOKEN,
                    "GOMOD_UPLOAD_TOKENS_FILE": str(tokens),
                    "CLUSTER_VAULT_PACKAGES_KEY": self.values["CLUSTER_VAULT_PACKAGES_KEY"],
                    "CLUSTER_VAULT_TOKENS_KEY": self.values["CLUSTER_VAULT_TOKENS_KEY"],
                    **self.client_variables(),
                },
            )
            self.node.kubectl("create", "namespace", self.namespace)
            for document in yaml.load_all(self.helmfile("template"), Loader=yaml.CSafeLoader):
                if document and document["kind"] == "ExternalSecret":
                    self._copy(document["spec"], vault.secrets)

    def client_variables(self) -> dict[str, str]:
        """What publishers and consumers are told."""
        return {
            "GO_MODULE_PATH": self.values["GO_MODULE_PATH"],
            "GO_REGISTRY_URL": self.url,
            "GOPROXY": f"{self.url},direct",
            "GONOPROXY": "none",
            "GOPRIVATE": f"{self.hostname}/*",
            # No checksum database is within reach of the cluster, so none for the public module either.
            "GONOSUMDB": f"{self.hostname}/*,github.com/google/uuid",
            "GOWORK": "off",
        }

    def _copy(self, spec: Mapping[str, Any], secrets: Mapping[str, Mapping[str, str]]) -> None:
        references = {each["secretKey"]: each["remoteRef"] for each in spec["data"]}
        document = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": spec["target"]["name"]},
            "stringData": {key: secrets[each["key"]][each["property"]] for key, each in references.items()},
        }
        self.kubectl("apply", "--server-side", "--filename", "-", stdin=yaml.safe_dump(document))

    def _inside(self, *command: str | Path) -> str:
        return run(self.node.network.command("env", *(f"{k}={v}" for k, v in self._environ.items()), *command))


def wait_for(what: str, seconds: float, is_so: Callable[[], bool]) -> None:
    """Return once it is so; a command that fails means: not yet. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if is_so():
                return
        except CommandError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"not after {seconds:g} s: {what}")
        time.sleep(0.3)
