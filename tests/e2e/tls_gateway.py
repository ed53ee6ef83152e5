"""A second real Envoy in front of a registry's services: gateway/envoy.yaml, and TLS."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from scripts.local import gateway
from scripts.local.ports import split_bind
from scripts.local.processes import Process
from tests.ports import wait_until_listening

_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"


@contextmanager
def tls_gateway(values: Mapping[str, str], bind: str, certificate: Path, folder: Path) -> Iterator[None]:
    """Listen on `bind` with the certificate (and its key, in one PEM file) in front of these values' services."""
    hosts = values["GATEWAY_HOSTS"].split(",")
    rendered = gateway.render(gateway=bind, hosts=hosts, proxy=values["PROXY_BIND"], uploader=values["UPLOADER_BIND"])
    configuration = yaml.safe_load(rendered)
    pem = {"filename": str(certificate)}
    tls = {"common_tls_context": {"tls_certificates": [{"certificate_chain": pem, "private_key": pem}]}}
    for listener in configuration["static_resources"]["listeners"]:
        for chain in listener["filter_chains"]:
            chain["transport_socket"] = {"name": "tls", "typed_config": {"@type": _TLS, **tls}}
    file = folder / "envoy-tls.yaml"
    file.write_text(yaml.safe_dump(configuration))
    process = Process("tls gateway", gateway.command(file), {}, on_line=lambda _, line: print("tls gateway |", line))
    try:
        wait_until_listening(int(split_bind(bind)[1]), process.running)
        yield
    finally:
        process.stop(10)
