"""Granian, whose HTTP is Rust: for a proxy that many read from; needs the extra `granian`.

An application that may answer before it has read a request's body can't run on it: granian 2.8 sends no answer before
it has the body (emmett-framework/granian#616, #898). The proxy's requests have none.
"""

import asyncio
import socket
from typing import Any

from asgi_lifespan import LifespanManager
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]  # it is there; granian exports nothing by name
from granian.server.embed import Server
from starlette.types import ASGIApp

from gomod_service.connections import BACKLOG, KEEP_ALIVE_SECONDS

CONNECTIONS = 16384  # that are served at the same time; what an idle one takes is some kilobytes

_SILENT: dict[str, Any] = {"formatters": {}, "handlers": {}, "loggers": {}}  # its log lines go where all others do


async def run(app: ASGIApp, sock: socket.socket, shutdown_seconds: float, stop: asyncio.Event) -> None:
    """Serve on a socket that listens, which is used up, until `stop` is set and what is in flight is finished.

    Raises what the application's lifespan raises at its start.
    """
    # Not by granian, to which an application that does not start is one that has no lifespan.
    async with LifespanManager(app, startup_timeout=None, shutdown_timeout=None):
        server = _Server(app, sock.detach())
        serving = asyncio.create_task(server.serve())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        server.stop()  # type: ignore[no-untyped-call]  # granian's
        await asyncio.wait((serving,), timeout=shutdown_seconds)
        if not serving.done():
            serving.cancel()


class _Server(Server):
    """Listens where we listen already, so that a taken address is known before anything was started."""

    def __init__(self, app: ASGIApp, descriptor: int) -> None:
        super().__init__(
            app,
            interface=Interfaces.ASGINL,
            websockets=False,
            backlog=BACKLOG,
            backpressure=CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=KEEP_ALIVE_SECONDS * 1000),
            log_level=LogLevels.error,
            log_dictconfig=_SILENT,
        )
        self._descriptor = descriptor

    def _init_shared_socket(self) -> None:
        # A descriptor, whether it is a unix socket, the backlog; granian's types know of none of it.
        self._shd = SocketHolder(self._descriptor, False, BACKLOG)  # type: ignore[assignment,call-arg]
