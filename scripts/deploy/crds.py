"""Custom resource definitions as JSON schemas that refuse unknown fields, for kubeconform."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Source:
    """Where a Go module keeps its custom resource definitions."""

    name: str
    module: str
    version: str
    folder: str


class _Loader(yaml.CSafeLoader):
    """YAML as Kubernetes reads it, where a lone `=` (an operator in an enum) is a string."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def write_schemas(crds: Path, target: Path) -> None:
    """One file `GROUP/KIND_VERSION.json` for each served version in the `*.yaml` files of a folder."""
    for path in sorted(crds.glob("*.yaml")):
        for document in yaml.load_all(path.read_text(), Loader=_Loader):
            if document and document["kind"] == "CustomResourceDefinition":
                _write(document["spec"], target)


def _write(spec: dict[str, Any], target: Path) -> None:
    folder = target / spec["group"]
    folder.mkdir(parents=True, exist_ok=True)
    for version in spec["versions"]:
        schema = version["schema"]["openAPIV3Schema"]
        _refuse_unknown(schema)
        # Metadata is the API server's own; the core schemas say what it may hold.
        schema.setdefault("properties", {})["metadata"] = {"type": "object"}
        name = f"{spec['names']['kind'].lower()}_{version['name']}.json"
        (folder / name).write_text(json.dumps(schema))


def _refuse_unknown(node: object) -> None:
    """The API server prunes unknown fields in silence; here they are errors."""
    if isinstance(node, list):
        for each in node:
            _refuse_unknown(each)
    if not isinstance(node, dict):
        return
    if node.pop("x-kubernetes-int-or-string", False):
        node.pop("type", None)
        node.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    if node.get("type") == "object" and "properties" in node and not node.get("x-kubernetes-preserve-unknown-fields"):
        node.setdefault("additionalProperties", False)
    for each in list(node.values()):
        _refuse_unknown(each)
