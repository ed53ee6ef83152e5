"""Uploader, proxy and gateway as processes of this machine, on the values of one environment."""

import os
import queue
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from scripts.local import gateway
from scripts.local.processes import Process
from scripts.local.readiness import wait_until_ready
from scripts.local.venv import PYTHON

BINDS = ("GATEWAY_BIND", "PROXY_BIND", "PROXY_ADMIN_BIND", "UPLOADER_BIND", "UPLOADER_ADMIN_BIND")

Service = Literal["uploader", "proxy"]
SERVICES: tuple[Service, ...] = ("uploader", "proxy")

_READY_SECONDS = 60.0
_STOP_SECONDS = 40.0  # a little more than the services give the requests in flight (GOMOD_SHUTDOWN_SECONDS)


class Stack:
    """The three processes; leaving the context stops what runs."""

    def __init__(self, values: Mapping[str, str], on_line: Callable[[str, str], None]) -> None:
        """`values` are those of environments/local.env and GOMOD_UPSTREAMS; `on_line(name, line)` gets log lines."""
        self.processes: dict[str, Process] = {}
        self._values = values
        self._on_line = on_line
        self._ended: queue.SimpleQueue[str] = queue.SimpleQueue()

    def start(self) -> None:
        """Start all three; return when the whole way through the gateway works. Raises NotReadyError."""
        for name in SERVICES:
            self.launch(name)
        for name in SERVICES:
            self.await_ready(name)
        self.launch_gateway()
        self.await_ready("gateway")

    def launch(self, name: Service, *, under: Sequence[str] = ()) -> None:
        """Start one service, as an argument of the command `under` if there is one (strace, say)."""
        command = [*under, str(PYTHON), "-m", f"gomod_{name}"]
        self._launch(name, command, service_environment(name, self._values))

    def launch_gateway(self) -> None:
        """Start Envoy."""
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
        self._launch("gateway", gateway.command(configuration), os.environ)

    def await_ready(self, name: str) -> None:
        """Return when that process is ready. Raises NotReadyError."""
        # The gateway is ready when those behind it are.
        needed = [*self.processes.values()] if name == "gateway" else [self.processes[name]]
        wait_until_ready(
            name,
            self._values[f"{name.upper()}_BIND"],
            running=lambda: all(process.running() for process in needed),
            seconds=_READY_SECONDS,
        )

    def wait(self) -> str:
        """Return, once one of the processes ends, which one and how."""
        name = self._ended.get()
        return f"{name} ended by itself with status {self.processes[name].wait(_STOP_SECONDS)}"

    def stop(self) -> None:
        """Stop the services, which finish what they have begun, and then the gateway, through which that goes out."""
        for names in (SERVICES, ("gateway",)):
            stopping = [self.processes[name] for name in names if name in self.processes]
            for process in stopping:
                process.ask_to_stop()
            for process in stopping:
                process.wait(_STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except KeyboardInterrupt:  # a second Ctrl-C: no patience left
            for process in self.processes.values():
                process.kill()

    def _launch(self, name: str, command: list[str], environ: Mapping[str, str]) -> None:
        self.processes[name] = Process(name, command, environ, on_line=self._on_line, on_exit=self._ended.put)


def service_environment(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """The environment of a service: this process's own, but every GOMOD_ variable is the environment file's."""
    prefix = name.upper()
    outer = {key: value for key, value in os.environ.items() if not key.startswith("GOMOD_")}
    ours = {key: value for key, value in values.items() if key.startswith("GOMOD_")}
    binds = {"GOMOD_BIND": values[f"{prefix}_BIND"], "GOMOD_ADMIN_BIND": values[f"{prefix}_ADMIN_BIND"]}
    return outer | ours | binds
