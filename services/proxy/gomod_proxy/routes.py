"""The proxy's endpoints: parse the URL, ask the reader, answer."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gomod import layout
from gomod.errors import NotFound
from gomod.layout import FileRequest, LatestRequest, ListRequest, QueryRequest
from gomod.module import check_import_path
from gomod_proxy import answers, pages
from gomod_proxy.own import OwnModules
from gomod_proxy.reader import ModuleReader

PAGE_HEADERS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'", "cache-control": "no-cache"}

_ENDPOINTS = {
    "home": "/",
    "list": "/{_:path}/@v/list",
    "latest": "/{_:path}/@latest",
    "info": "/{_:path}.info",
    "mod": "/{_:path}.mod",
    "zip": "/{_:path}.zip",
    "other": "/{_:path}",
}
"""How the metrics tell requests apart. One endpoint answers them all: what a URL means is layout.parse's to say."""


def module_routes(reader: ModuleReader, own_modules: OwnModules, public_url: str) -> Sequence[Route]:
    """Everything that is not about the service itself. Routes allow GET and HEAD; nothing here writes."""
    home_page = pages.home(public_url, own_modules)

    async def home(_: Request) -> Response:
        return HTMLResponse(home_page, headers=PAGE_HEADERS)

    async def go_get(request: Request) -> Response:
        path = _import_path(request)
        root = own_modules.root_of(path)
        if root is None:
            raise NotFound(f"{path}: not a module of this registry; it serves {own_modules.patterns}")
        return HTMLResponse(pages.go_import(root, public_url), headers=PAGE_HEADERS)

    async def module(request: Request) -> Response:
        # The path was percent-decoded by the server, once; a second time would let %2521 through as "!".
        match layout.parse(request.scope["path"]):
            case ListRequest(path):
                return answers.listing(request, await reader.versions(path))
            case LatestRequest(path):
                return answers.moving(request, await reader.latest(path))
            case QueryRequest(path, "latest"):
                return answers.moving(request, await reader.latest(path))
            case QueryRequest(path, query):
                return answers.moving(request, await reader.query(path, query))
            case FileRequest(version, "zip"):
                return answers.archive(request, await reader.zip(version))
            case FileRequest(version, "mod"):
                return answers.fixed(request, await reader.mod(version), answers.TEXT)
            case FileRequest(version):
                return answers.fixed(request, await reader.info(version), answers.JSON)

    async def anything(request: Request) -> Response:
        if request.query_params.get("go-get") == "1":
            return await go_get(request)
        if request.scope["path"] == "/":
            return await home(request)
        return await module(request)

    return [_route(name, path, anything) for name, path in _ENDPOINTS.items()]


def _route(name: str, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    async def named(request: Request) -> Response:
        return await endpoint(request)

    named.__name__ = name
    return Route(path, named, methods=["GET"])


def _import_path(request: Request) -> str:
    """The path that go asks about: the host that it asks, and the URL's path below it. Raises Malformed."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    path = f"{host}{request.scope['path']}".rstrip("/")
    check_import_path(path)
    return path
