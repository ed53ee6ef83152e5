"""Uvicorn, for a proxy that many read from; needs the extra `uvicorn`."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from asgi_lifespan import LifespanManager
from starlette.types import ASGIApp
from uvicorn import Config, Server

from gomod_service.connections import BACKLOG, KEEP_ALIVE_SECONDS
from gomod_service.one_processor import one_processor
from gomod_service.uvicorn_connection import Connection


async def run(app: ASGIApp, sock: socket.socket, shutdown_seconds: float, stop: asyncio.Event) -> None:
    """Serve on a socket that listens, which is used up, until `stop` is set and what is in flight is finished.

    Raises what the application's lifespan raises at its start.
    """
    # Not by uvicorn, which says nothing but that it failed.
    async with one_processor(), LifespanManager(app, startup_timeout=None, shutdown_timeout=None):
        server = _Server(_config(app, shutdown_seconds))
        serving = asyncio.create_task(server.serve(sockets=[sock]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        server.should_exit = True
        await serving


def _config(app: ASGIApp, shutdown_seconds: float) -> Config:
    return Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(shutdown_seconds)),
        log_config=None,  # its log lines go where all others do
        access_log=False,
        proxy_headers=False,  # who is believed is the application's to say
        server_header=False,
    )


class _Server(Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to whoever runs us."""
        yield
