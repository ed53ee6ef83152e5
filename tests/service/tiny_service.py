"""A service of two routes, run as a process by test_serve.py."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gomod.errors import Unavailable
from gomod_service.access_log import access_log
from gomod_service.observability import RequestContext
from gomod_service.serve import ServerName, main
from gomod_service.settings import CommonSettings, SettingsError, one_of, required


@dataclass(frozen=True, slots=True, kw_only=True)
class TinySettings(CommonSettings):
    """Which server carries it."""

    server: ServerName = required("TINY_SERVER", one_of(*get_args(ServerName)), "the server")


def create_app(settings: TinySettings) -> ASGIApp:
    """`/slow` answers when the file that its query names exists; the storage URL is a folder to tell what it saw."""
    told = Path(settings.storage_url)
    if not told.is_absolute():
        raise SettingsError("the folder is relative\nto what?")

    async def quick(_: Request) -> Response:
        return PlainTextResponse("quick")

    async def slow(_: Request) -> Response:
        (told / "begun").touch()
        while not (told / "go-on").exists():
            await anyio.sleep(0.01)
        return PlainTextResponse("finished")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if not told.is_dir():
            raise Unavailable(f"{told} is not a folder")
        yield

    app = Starlette(routes=[Route("/", quick), Route("/slow", slow)], lifespan=lifespan)
    return RequestContext(app, access_log(settings.log_level, settings.log_format))


if __name__ == "__main__":
    sys.exit(main("tiny", "Answers two routes.", TinySettings, create_app, lambda settings: settings.server))
