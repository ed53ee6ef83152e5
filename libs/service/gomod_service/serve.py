"""How a service runs: settings from the environment, metrics on a port of their own, hypercorn until SIGTERM."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import TypeVar, cast

import structlog
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from hypercorn.typing import Framework
from hypercorn.utils import LifespanFailureError
from prometheus_client import start_http_server
from starlette.types import ASGIApp

from gomod.errors import RegistryError
from gomod_service.logs import configure_logging
from gomod_service.settings import CommonSettings, SettingsError, help_text, read_settings

log = structlog.get_logger(__name__)

S = TypeVar("S", bound=CommonSettings)

# Longer than a gateway keeps an idle connection to us: the side that sends must be the side that hangs up, or a
# request meets a connection that we just closed.
KEEP_ALIVE_SECONDS = 75

EXIT_FAILED = 1
EXIT_USAGE = 2


def main(program: str, purpose: str, settings_class: type[S], create_app: Callable[[S], ASGIApp]) -> int:
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
    except SettingsError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return EXIT_USAGE
    configure_logging(settings.log_level, settings.log_format)
    try:
        _serve(program, settings, create_app(settings))
    except (RegistryError, OSError, LifespanFailureError) as error:
        # A taken port, a store out of reach: the cause in one line, not a traceback.
        log.error("failed_to_start", service=program, error=str(error.__cause__ or error))
        return EXIT_FAILED
    return 0


def _serve(program: str, settings: CommonSettings, app: ASGIApp) -> None:
    host, _, port = settings.admin_bind.rpartition(":")
    admin, admin_thread = start_http_server(int(port), host.strip("[]"))
    try:
        log.info("starting", service=program, bind=settings.bind, admin=settings.admin_bind)
        asyncio.run(_until_stopped(app, hypercorn_config(settings)))
        log.info("stopped", service=program)
    finally:
        admin.shutdown()
        admin.server_close()
        admin_thread.join()


def hypercorn_config(settings: CommonSettings) -> Config:
    """Hypercorn's settings: ours is the only access log, and no answer says what serves it."""
    config = Config()
    config.bind = [settings.bind]
    config.backlog = 1024
    config.graceful_timeout = settings.shutdown_seconds
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn")
    return config


async def _until_stopped(app: ASGIApp, config: Config) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    # hypercorn's own ASGI types are narrower than Starlette's, for the same protocol.
    await hypercorn_serve(cast("Framework", app), config, shutdown_trigger=stop.wait)
