"""A pod that publishes and consumes, as a job of CI in the cluster would."""

from pathlib import Path

import yaml

from scripts.cluster.registry import Registry

_SCRIPT = Path(__file__).with_name("traffic.py")


class Client:
    """A pod of the publish runner's image, with the runner's variables, that waits for commands."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        document = {
            "apiVersion": "v1",
            "kind": "Pod",
            # The uploader lets the runner in; this pod goes by the gateway like everybody else.
            "metadata": {"name": "client"},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [
                    {
                        "name": "client",
                        "image": "localhost/packages-publisher-go:local",
                        "command": ["sleep", "infinity"],
                        "envFrom": [{"secretRef": {"name": "packages-go-env"}}],
                        "env": [
                            {"name": "HOME", "value": "/tmp"},
                            {"name": "GO_REGISTRY_TOKEN", "value": registry.token},
                        ],
                    }
                ],
            },
        }
        registry.kubectl("apply", "--filename", "-", stdin=yaml.safe_dump(document))
        registry.kubectl("wait", "pod/client", "--for=condition=Ready", "--timeout=120s")

    def run(self, *command: str, stdin: str = "") -> str:
        """What a command in the pod prints. Raises CommandError."""
        return self._registry.kubectl("exec", "--stdin", "client", "--", *command, stdin=stdin)

    def python(self, text: str, *arguments: str) -> str:
        """What a Python program in the pod prints."""
        return self.run("python", "-", *arguments, stdin=text)
