"""The proxy's endpoints: parse the URL, ask the reader, answer."""

import re
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from structlog.contextvars import bind_contextvars

from gomod import layout
from gomod.errors import Malformed, NotFound
from gomod.layout import FileRequest, LatestRequest, ListRequest, QueryRequest
from gomod.module import check_import_path
from gomod_proxy import answers, pages
from gomod_proxy.feeds import Feeds
from gomod_proxy.own import OwnModules
from gomod_proxy.reader import ModuleReader
from gomod_proxy.reading import ReadingRights, keep_private

PAGE_HEADERS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'", "cache-control": "no-cache"}

_CAPITAL = re.compile("[A-Z]")

_ENDPOINTS = {
    "info": "/{_:path}.info",
    "mod": "/{_:path}.mod",
    "zip": "/{_:path}.zip",
    "list": "/{_:path}/@v/list",
    "latest": "/{_:path}/@latest",
    "home": "/",
    "catalog": "/catalog",
    "index": "/index",
    "other": "/{_:path}",
}
"""How the metrics tell requests apart, in the order in which they are tried: what is asked for most comes first.

One endpoint answers them all: what a URL means is layout.parse's to say.
"""


def module_routes(
    reader: ModuleReader,
    stored_only: ModuleReader,
    feeds: Feeds,
    own_modules: OwnModules,
    rights: ReadingRights,
    public_url: str,
) -> Sequence[Route]:
    """Everything that is not about the service itself. Routes allow GET and HEAD; nothing here writes.

    `stored_only` answers those who say `Disable-Module-Fetch: true`, as the public mirror has it.
    """
    home_page = pages.home(public_url, own_modules, takes_token=rights.guards(own_modules.roots[0]))

    async def home(_: Request) -> Response:
        return HTMLResponse(home_page, headers=PAGE_HEADERS)

    async def go_get(request: Request) -> Response:
        path = _import_path(request)
        root = own_modules.root_of(path)
        if root is None:
            raise NotFound(f"{path}: not a module of this registry; it serves {own_modules.patterns}")
        rights.check_page(request.scope, path)
        return sealed(path, HTMLResponse(pages.go_import(root, public_url), headers=PAGE_HEADERS))

    async def module(request: Request) -> Response:
        asked = _parse(request.scope["path"])
        path, version = _named(asked)
        bind_contextvars(module=path, version=version)  # for every line of the log
        rights.check(request.scope, path)
        from_store = request.headers.get("disable-module-fetch", "").lower() == "true"
        return sealed(path, await _answer(request, asked, stored_only if from_store else reader))

    def sealed(path: str, response: Response) -> Response:
        if rights.guards(path):
            keep_private(response.headers)
        return response

    async def anything(request: Request) -> Response:
        if request.query_params.get("go-get") == "1":
            return await go_get(request)
        match request.scope["path"]:
            case "/":
                return await home(request)
            case "/catalog":
                return await feeds.catalog(request)
            case "/index":
                return await feeds.index(request)
            case _:
                return await module(request)

    return [_route(name, path, anything) for name, path in _ENDPOINTS.items()]


def _named(asked: layout.Request) -> tuple[str, str]:
    """The module that is asked about, and its version or what stands for one."""
    match asked:
        case FileRequest(module):
            return module.path, module.version
        case QueryRequest(path, query):
            return path, query
        case ListRequest(path) | LatestRequest(path):
            return path, ""


async def _answer(request: Request, asked: layout.Request, reader: ModuleReader) -> Response:
    match asked:
        case ListRequest(path):
            return answers.listing(request, await reader.versions(path))
        case LatestRequest(path) | QueryRequest(path, "latest"):
            return answers.moving(request, await reader.latest(path))
        case QueryRequest(path, query):
            return answers.moving(request, await reader.query(path, query))
        case FileRequest(version, "zip"):
            return answers.archive(request, await reader.zip(version))
        case FileRequest(version, "mod"):
            return answers.fixed(request, await reader.mod(version), answers.TEXT)
        case FileRequest(version):
            return answers.fixed(request, await reader.info(version), answers.JSON)


def _route(name: str, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    async def named(request: Request) -> Response:
        return await endpoint(request)

    named.__name__ = name
    return Route(path, named, methods=["GET"])


def _parse(path: str) -> layout.Request:
    """What the URL's path asks for; when it only lacks the escaping of capitals, the error says how it is spelled.

    The server percent-decoded the path, once; doing it again would let %2521 through as "!".
    """
    try:
        return layout.parse(path)
    except Malformed as error:
        spelled = _CAPITAL.sub(lambda capital: f"!{capital[0].lower()}", path)
        if spelled == path or not _is_module_url(spelled):
            raise
        raise Malformed(f"{error}; capitals are escaped in URLs, ask for {spelled}") from error


def _is_module_url(path: str) -> bool:
    try:
        layout.parse(path)
    except (Malformed, NotFound):
        return False
    return True


def _import_path(request: Request) -> str:
    """The path that go asks about: the host that it asks, and the URL's path below it. Raises Malformed."""
    named = request.headers.get("host", "")
    try:
        host = urlsplit(f"//{named}").hostname or ""
    except ValueError as error:
        raise Malformed(f"Host is {named!r}, which names no host: {error}") from error
    path = f"{host}{request.scope['path']}".rstrip("/")
    check_import_path(path)
    return path
