"""Three proxies and three uploaders on one bucket, with no disk in common, behind one Envoy that minds their health."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import yaml

from scripts.local import gateway
from scripts.local.ports import split_bind
from scripts.local.processes import Process
from scripts.local.readiness import wait_until_ready
from scripts.local.stack import SERVICES, Service, service_environment
from scripts.local.upload_token import upload_token
from scripts.local.venv import PYTHON
from tests.e2e.registry import local_values
from tests.ports import free_port
from tests.storage.object_servers import ObjectServer

COUNT = 3

_PREVIOUS_HOSTS = "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"


@dataclass(frozen=True, slots=True)
class Replica:
    """One process of a service, and where it answers."""

    service: Service
    bind: str
    process: Process

    @property
    def url(self) -> str:
        """Past the gateway."""
        return f"http://{self.bind}"


@dataclass(frozen=True, slots=True)
class Replicas:
    """All of them, and the gateway's URL."""

    url: str
    token: str
    all: list[Replica]

    def of(self, service: Service) -> list[Replica]:
        """Those of a service that run."""
        return [each for each in self.all if each.service == service and each.process.running()]


@contextmanager
def running_replicas(state: Path, upstreams: str, server: ObjectServer) -> Iterator[Replicas]:
    """All of them, ready; none is left at the end."""
    values = local_values(state, upstreams)
    state.mkdir()
    tokens_file = Path(values["GOMOD_UPLOAD_TOKENS_FILE"])
    token = upload_token(tokens_file, state / "upload-token", values["GOMOD_PRIVATE_PATTERNS"])
    with ExitStack() as running:

        def run(name: str, command: list[str], environ: Mapping[str, str]) -> Process:
            process = Process(name, command, environ, on_line=lambda name, line: print(name, "|", line))
            running.callback(process.stop, 40)
            return process

        started = []
        for service, number in product(SERVICES, range(COUNT)):
            bind, own = _values_of(service, number, values, server)
            process = run(f"{service} {number}", [str(PYTHON), "-m", f"gomod_{service}"], own | server.environment)
            started.append(Replica(service, bind, process))
        for each in started:
            wait_until_ready(each.service, each.bind, running=each.process.running, seconds=60)
        configuration = state / "envoy.yaml"
        configuration.write_text(_envoy(values, started))
        envoy = run("gateway", gateway.command(configuration), os.environ)
        wait_until_ready("gateway", values["GATEWAY_BIND"], running=envoy.running, seconds=60)
        yield Replicas(values["GOMOD_PUBLIC_URL"], token, started)


def _values_of(
    service: Service, number: int, values: Mapping[str, str], server: ObjectServer
) -> tuple[str, dict[str, str]]:
    """Where one replica listens, and its environment: nothing of it is another one's, but the bucket."""
    name = service.upper()
    bind = f"127.0.0.1:{free_port()}"
    own = {
        f"{name}_BIND": bind,
        f"{name}_ADMIN_BIND": f"127.0.0.1:{free_port()}",
        "GOMOD_STORAGE_URL": f"{server.url}/replicas?staging={values['STATE']}/{service}-{number}",
    }
    return bind, service_environment(service, {**values, **own})


def _envoy(values: Mapping[str, str], replicas: list[Replica]) -> str:
    """The gateway's configuration with all replicas in it: who does not answer /healthz gets nothing."""
    rendered = gateway.render(
        gateway=values["GATEWAY_BIND"],
        hosts=values["GATEWAY_HOSTS"].split(","),
        proxy=values["PROXY_BIND"],
        uploader=values["UPLOADER_BIND"],
    )
    configuration = yaml.safe_load(rendered)
    for cluster in configuration["static_resources"]["clusters"]:
        addresses = [split_bind(each.bind) for each in replicas if each.service == cluster["name"]]
        endpoints = [
            {"endpoint": {"address": {"socket_address": {"address": host, "port_value": int(port)}}}}
            for host, port in addresses
        ]
        cluster["load_assignment"]["endpoints"] = [{"lb_endpoints": endpoints}]
        cluster["health_checks"] = [
            {
                "timeout": "5s",
                "interval": "0.5s",
                "unhealthy_threshold": 1,
                "healthy_threshold": 1,
                "http_health_check": {"path": "/healthz"},
            }
        ]
    [listener] = configuration["static_resources"]["listeners"]
    [manager] = listener["filter_chains"][0]["filters"]
    for route in manager["typed_config"]["route_config"]["virtual_hosts"][0]["routes"]:
        # Not to the dead one again, before its health is known.
        if "retry_policy" in route["route"]:
            other = {"name": "envoy.retry_host_predicates.previous_hosts", "typed_config": {"@type": _PREVIOUS_HOSTS}}
            route["route"]["retry_policy"] |= {"retry_host_predicate": [other], "host_selection_retry_max_attempts": 5}
    return yaml.safe_dump(configuration)
