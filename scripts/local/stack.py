"""Uploader, proxy and gateway as processes of this machine, on the values of one environment."""

import os
import queue
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.local import gateway
from scripts.local.processes import Process
from scripts.local.readiness import wait_until_ready
from scripts.local.venv import PYTHON

BINDS = ("GATEWAY_BIND", "PROXY_BIND", "PROXY_ADMIN_BIND", "UPLOADER_BIND", "UPLOADER_ADMIN_BIND")

_READY_SECONDS = 60.0
_STOP_SECONDS = 40.0  # a little more than the services give the requests in flight (GOMOD_SHUTDOWN_SECONDS)


class Stack:
    """The three processes; leaving the context stops what runs."""

    def __init__(self, values: Mapping[str, str], on_line: Callable[[str, str], None]) -> None:
        """`values` are those of environments/local.env and GOMOD_UPSTREAMS; `on_line(name, line)` gets every log line."""
        self._values = values
        self._on_line = on_line
        self._running: list[Process] = []
        self._ended: queue.SimpleQueue[str] = queue.SimpleQueue()

    def start(self) -> None:
        """Start all three; return when the whole way through the gateway works. Raises NotReadyError."""
        services = [self._start_service("uploader"), self._start_service("proxy")]
        for service in services:
            self._wait(service, self._values[f"{service.name.upper()}_BIND"])
        self._wait(self._start_gateway(), self._values["GATEWAY_BIND"])

    def wait(self) -> str:
        """Return, once one of them ends, its name and how it ended."""
        name = self._ended.get()
        ended = next(process for process in self._running if process.name == name)
        return f"{name} ended by itself with status {ended.wait(_STOP_SECONDS)}"

    def stop(self) -> None:
        """Stop the services, which finish what they have begun, and then the gateway, through which that goes out."""
        services = [process for process in self._running if process.name != "gateway"]
        gateways = [process for process in self._running if process.name == "gateway"]
        for group in (services, gateways):
            for process in group:
                process.ask_to_stop()
            for process in group:
                process.wait(_STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except KeyboardInterrupt:  # a second Ctrl-C: no patience left
            for process in self._running:
                process.kill()

    def _wait(self, process: Process, bind: str) -> None:
        wait_until_ready(process.name, bind, running=process.running, seconds=_READY_SECONDS)

    def _start_service(self, name: str) -> Process:
        return self._start(name, [str(PYTHON), "-m", f"gomod_{name}"], service_environment(name, self._values))

    def _start_gateway(self) -> Process:
        values = self._values
        configuration = Path(values["STATE"]) / "envoy.yaml"
        configuration.write_text(
            gateway.render(
                gateway=values["GATEWAY_BIND"],
                hosts=values["GATEWAY_HOSTS"].split(","),
                proxy=values["PROXY_BIND"],
                uploader=values["UPLOADER_BIND"],
            )
        )
        return self._start("gateway", gateway.command(configuration), os.environ)

    def _start(self, name: str, command: list[str], environ: Mapping[str, str]) -> Process:
        process = Process(name, command, environ, on_line=self._on_line, on_exit=self._ended.put)
        self._running.append(process)
        return process


def service_environment(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """The environment of a service: this process's own, but every GOMOD_ variable is the environment file's."""
    prefix = name.upper()
    outer = {key: value for key, value in os.environ.items() if not key.startswith("GOMOD_")}
    ours = {key: value for key, value in values.items() if key.startswith("GOMOD_")}
    binds = {"GOMOD_BIND": values[f"{prefix}_BIND"], "GOMOD_ADMIN_BIND": values[f"{prefix}_ADMIN_BIND"]}
    return outer | ours | binds
