"""A registry that lives below a path, as in GOMOD_PUBLIC_URL=https://host/go: its URLs with and without it."""

from starlette.types import ASGIApp, Receive, Scope, Send


class PathPrefix:
    """ASGI middleware that takes the public URL's path off a request's.

    Without it a request is answered as well: a gateway may have taken it off already, probes don't know it, and
    `?go-get=1` is asked by module path, at the host's root.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        """`prefix` is like `/go`; empty changes nothing."""
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if self._prefix and f"{path}/".startswith(f"{self._prefix}/"):
            scope["path"] = path.removeprefix(self._prefix) or "/"  # in place: what the router adds is read outside
        await self._app(scope, receive, send)
