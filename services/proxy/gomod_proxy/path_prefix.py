"""A registry that lives below a path, as in GOMOD_PUBLIC_URL=https://host/go: its URLs with and without it."""

from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send


class PathPrefix:
    """ASGI middleware that takes the public URL's path off a request's.

    Without it a request is answered as well: a gateway may have taken it off already, and probes don't know it. What
    stays as it is is `?go-get=1`: it is asked by module path, from the host's root, and that may begin like the prefix.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        """`prefix` is like `/go`; empty changes nothing."""
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if self._prefix and f"{path}/".startswith(f"{self._prefix}/") and not _is_go_get(scope):
            scope["path"] = path.removeprefix(self._prefix) or "/"  # in place: what the router adds is read outside
        await self._app(scope, receive, send)


def _is_go_get(scope: Scope) -> bool:
    return QueryParams(scope["query_string"]).get("go-get") == "1"
