"""Tools are made once, whole or not at all, and never in the repository."""

import json
from pathlib import Path

import pytest

from scripts.deploy import ROOT
from scripts.deploy.crds import write_schemas
from scripts.deploy.toolbox import Tool, Toolbox, ToolError, cache_folder


def test_a_tool_is_made_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(folder: Path, _: Toolbox) -> None:
        made.append(folder)
        (folder / "program").touch()

    box = Toolbox(tmp_path, {"tool": Tool("tool", "1.0", make)})
    assert box.find("tool") is None
    assert box.ensure("tool") == box.ensure("tool") == box.find("tool") == tmp_path / "tool-1.0"
    assert (tmp_path / "tool-1.0" / "program").exists()
    assert len(made) == 1


def test_a_tool_that_could_not_be_made_is_not_there(tmp_path: Path) -> None:
    def make(folder: Path, _: Toolbox) -> None:
        (folder / "half").touch()
        raise ToolError("no network")

    box = Toolbox(tmp_path, {"tool": Tool("tool", "1.0", make)})
    with pytest.raises(ToolError):
        box.ensure("tool")
    assert box.find("tool") is None
    assert [path.name for path in tmp_path.iterdir()] == [".tool-1.0.lock"]


def test_the_cache_is_outside_the_repository() -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/cache"}) == Path("/cache/gomod-registry/tools")
    assert not cache_folder().is_relative_to(ROOT)


def test_a_schema_refuses_what_the_definition_does_not_know(tmp_path: Path) -> None:
    crds = tmp_path / "crds"
    crds.mkdir()
    (crds / "thing.yaml").write_text(
        """
kind: CustomResourceDefinition
spec:
  group: example.org
  names: {kind: Thing}
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          properties:
            metadata: {type: object}
            spec:
              type: object
              properties:
                operator: {type: string, enum: [=, "!="]}
                port: {x-kubernetes-int-or-string: true, type: string}
                free: {type: object, properties: {a: {type: string}}, x-kubernetes-preserve-unknown-fields: true}
"""
    )
    write_schemas(crds, tmp_path)
    written = json.loads((tmp_path / "example.org" / "thing_v1.json").read_text())
    assert written["additionalProperties"] is False
    spec = written["properties"]["spec"]
    assert spec["additionalProperties"] is False
    assert spec["properties"]["operator"]["enum"] == ["=", "!="]
    assert spec["properties"]["port"] == {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    assert "additionalProperties" not in spec["properties"]["free"]
