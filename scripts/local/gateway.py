"""The real Envoy as gateway: its configuration from gateway/envoy.yaml, and the command that runs it."""

import json
from collections.abc import Sequence
from pathlib import Path
from string import Template

from scripts.local import ROOT
from scripts.local.ports import split_bind
from scripts.local.venv import tool

TEMPLATE = ROOT / "gateway" / "envoy.yaml"


def render(*, gateway: str, hosts: Sequence[str], proxy: str, uploader: str) -> str:
    """Envoy's configuration; the addresses are `host:port`, `hosts` the names the gateway answers to."""
    values: dict[str, object] = {"GATEWAY_HOSTS": json.dumps(list(hosts))}
    for name, bind in (("GATEWAY", gateway), ("PROXY", proxy), ("UPLOADER", uploader)):
        values[f"{name}_HOST"], values[f"{name}_PORT"] = split_bind(bind)
    return Template(TEMPLATE.read_text()).substitute(values)


def command(configuration: Path) -> list[str]:
    """The command line of Envoy; without hot restart, so that several can run beside each other."""
    return [str(tool("envoy")), "--config-path", str(configuration), "--disable-hot-restart", "--log-level", "warning"]
