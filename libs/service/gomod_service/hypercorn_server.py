"""Hypercorn, the server that every application of ours can run on."""

import asyncio
import logging
import socket
from typing import cast

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import Framework
from starlette.types import ASGIApp

from gomod_service.connections import BACKLOG, KEEP_ALIVE_SECONDS


async def run(app: ASGIApp, sock: socket.socket, shutdown_seconds: float, stop: asyncio.Event) -> None:
    """Serve on a socket that listens, which is used up, until `stop` is set and what is in flight is finished.

    Raises LifespanFailureError when the application does not start.
    """
    config = Config()
    config.bind = [f"fd://{sock.detach()}"]
    config.backlog = BACKLOG
    config.graceful_timeout = shutdown_seconds
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    # Ours is the only access log, and no answer says what serves it.
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn")
    # hypercorn's own ASGI types are narrower than Starlette's, for the same protocol.
    await serve(cast("Framework", app), config, shutdown_trigger=stop.wait)
