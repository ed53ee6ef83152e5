"""Proxies that run for a test: the real app behind the real server, in the test's own event loop."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from gomod_proxy.app import create_app
from gomod_proxy.settings import ProxySettings
from gomod_service.serve import load_server
from gomod_service.settings import read_settings

OWN = "go.corp.example"

SERVER = "TESTS_SERVER"
"""The variable that names what carries the proxies of a test; tests/proxy/conftest.py says which."""


@dataclass(frozen=True)
class Running:
    """A proxy that answers at `url`, and a client for it."""

    url: str
    client: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """GET; a header like `if_none_match="…"` is sent as If-None-Match."""
        return await self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def environment(volume: Path, upstreams: str, mode: str = "strict", **changes: str) -> dict[str, str]:
    """What a proxy needs, for tests: `GOMOD_…` by name."""
    return {
        "GOMOD_BIND": "127.0.0.1:0",
        "GOMOD_ADMIN_BIND": "127.0.0.1:0",
        "GOMOD_STORAGE_URL": volume.as_uri(),
        "GOMOD_PRIVATE_PATTERNS": f"{OWN}/*",
        "GOMOD_PUBLIC_URL": f"http://{OWN}",
        "GOMOD_LOG_LEVEL": "warning",
        "GOMOD_LOG_FORMAT": "console",
        "GOMOD_UPSTREAMS": upstreams,
        "GOMOD_NETWORK_MODE": mode,
        "GOMOD_SUMDBS": "off",
        # What a test changes upstream is to be seen at once.
        "GOMOD_LIST_TTL": "0",
        "GOMOD_NEGATIVE_TTL": "0",
        "GOMOD_SERVER": os.environ.get(SERVER, "hypercorn"),
        **changes,
    }


@asynccontextmanager
async def running(environ: dict[str, str]) -> AsyncIterator[Running]:
    """A proxy with these settings, on a free port of 127.0.0.1."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = read_settings(ProxySettings, environ)
    stop = asyncio.Event()
    serving = asyncio.create_task(load_server(settings.server)(create_app(settings), listener, 10, stop))
    try:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            await _answers(client, serving)
            yield Running(url, client)
    finally:
        stop.set()
        await serving


async def _answers(client: httpx.AsyncClient, serving: "asyncio.Task[None]") -> None:
    while True:
        if serving.done():
            serving.result()
        try:
            await client.get("/healthz")
        except httpx.TransportError:
            await asyncio.sleep(0.005)
        else:
            return
