"""How a service runs: settings from the environment, metrics on a port of their own, a server until SIGTERM."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from typing import Any, Literal, TypeVar

import structlog
from hypercorn.utils import LifespanFailureError
from prometheus_client import start_http_server
from starlette.types import ASGIApp

from gomod.errors import RegistryError, Unavailable
from gomod_service.connections import BACKLOG
from gomod_service.logs import configure_logging
from gomod_service.settings import CommonSettings, SettingsError, help_text, read_settings

log = structlog.get_logger(__name__)

S = TypeVar("S", bound=CommonSettings)

ServerName = Literal["hypercorn", "granian", "uvicorn"]

Server = Callable[[ASGIApp, socket.socket, float, asyncio.Event], Coroutine[Any, Any, None]]
"""Serves on a listening socket, which it closes, until the event is set; then for at most so many seconds."""

EXIT_FAILED = 1
EXIT_USAGE = 2


def main(
    program: str,
    purpose: str,
    settings_class: type[S],
    create_app: Callable[[S], ASGIApp],
    server_of: Callable[[S], ServerName] = lambda _: "hypercorn",
) -> int:
    """Run a service until it is told to stop; returns the process's exit status."""
    arguments = sys.argv[1:]
    if arguments == ["--help"] or arguments == ["-h"]:
        print(help_text(program, purpose, settings_class))
        return 0
    if arguments == ["--version"]:
        print(version("gomod-registry"))
        return 0
    try:
        if arguments:
            raise SettingsError(f"{program} takes no arguments, only --help and --version; its settings are variables")
        settings = read_settings(settings_class, os.environ)
        configure_logging(settings.log_level, settings.log_format)
        server = load_server(server_of(settings))
        app = create_app(settings)  # reads the files that settings name, and may find one wrong
    except SettingsError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return EXIT_USAGE
    try:
        _serve(program, settings, app, server)
    except (RegistryError, LifespanFailureError) as error:
        # A taken port, a store out of reach. A failed lifespan brings a traceback as its text: the last line says it.
        log.error("failed_to_start", service=program, error=str(error).rstrip("'\n").splitlines()[-1])
        return EXIT_FAILED
    return 0


def _serve(program: str, settings: CommonSettings, app: ASGIApp, server: Server) -> None:
    # Bound here and not by the server, so that a taken port is known, by its name, before anything was started.
    with bound_socket(settings.bind) as sock, _admin(settings.admin_bind):
        log.info("starting", service=program, bind=settings.bind, admin=settings.admin_bind)
        asyncio.run(_until_stopped(app, server, sock, settings.shutdown_seconds))
        log.info("stopped", service=program)


@contextmanager
def _admin(bind: str) -> Iterator[None]:
    """Prometheus metrics on the admin port, while it lasts."""
    host, port = _address(bind)
    try:
        server, thread = start_http_server(port, host)
    except OSError as error:
        raise Unavailable(f"can't listen on {bind} (GOMOD_ADMIN_BIND): {error.strerror}") from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _address(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def bound_socket(bind: str) -> socket.socket:
    """A socket that listens. Raises Unavailable naming the address.

    Two processes can bind the same address as long as neither listens, so only that tells that it is ours.
    """
    host, port = _address(bind)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the socket says that it is TCP. Without that the last bytes of an
    # answer wait for the client to acknowledge those before: 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise Unavailable(f"can't listen on {bind} (GOMOD_BIND): {error.strerror}") from error
    return sock


async def _until_stopped(app: ASGIApp, server: Server, sock: socket.socket, shutdown_seconds: float) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await server(app, sock, shutdown_seconds, stop)


def load_server(server: ServerName) -> Server:
    """The server of that name. Raises SettingsError when it is not installed."""
    try:
        module = import_module(f"gomod_service.{server}_server")  # most installations have but one
    except ImportError as error:
        raise SettingsError(
            f"GOMOD_SERVER is {server}, which is not installed ({error}): pip install 'gomod-registry[{server}]'"
        ) from error
    run: Server = module.run
    return run
