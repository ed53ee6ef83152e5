"""Liveness, readiness and version, the same for both services."""

import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gomod.errors import Unavailable

PROBE_SECONDS = 5.0  # a disk that takes longer than this serves nobody
REUSE_SECONDS = 1.0  # the route is public: asking often must not mean writing often


class ReadinessProbe:
    """Asks `ready` at most once in REUSE_SECONDS, however many want to know."""

    def __init__(self, ready: Callable[[], Awaitable[None]]) -> None:
        self._ready = ready
        self._lock = anyio.Lock()
        self._good_until = 0.0

    async def check(self) -> None:
        """Return when the service can do its work. Raises Unavailable (or StoreFull) when it can't."""
        async with self._lock:
            if time.monotonic() < self._good_until:
                return
            try:
                with anyio.fail_after(PROBE_SECONDS):
                    await self._ready()
            except TimeoutError as error:
                raise Unavailable(f"the store did not answer within {PROBE_SECONDS:g} s") from error
            self._good_until = time.monotonic() + REUSE_SECONDS


def health_routes(service: str, ready: Callable[[], Awaitable[None]]) -> list[Route]:
    """`/healthz`: the process answers; `/readyz`: it can work (`ready` raises Unavailable when not); `/version`."""
    probe = ReadinessProbe(ready)
    build = {"service": service, "version": version("gomod-registry")}
    fresh = {"cache-control": "no-store"}

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n", headers=fresh)

    async def readyz(_: Request) -> Response:
        await probe.check()
        return PlainTextResponse("ready\n", headers=fresh)

    async def version_endpoint(_: Request) -> Response:
        return JSONResponse(build, headers=fresh)

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/version", version_endpoint, methods=["GET"]),
    ]
