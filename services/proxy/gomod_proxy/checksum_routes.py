"""/sumdb/<name>/…: checksum databases for clients that reach them through us (the proxy protocol's part about them)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gomod.errors import Malformed, NotFound
from gomod.module import ModuleVersion, canonical_version, check, unescape_path, unescape_version
from gomod.sumdb.tile import Tile, parse_tile_path
from gomod_proxy import answers
from gomod_proxy.checksum_database import ChecksumDatabase
from gomod_proxy.unrecorded import Unrecorded

MayServe = Callable[[ModuleVersion], Awaitable[None]]
"""Returns when the policy lets a version be served. Raises Forbidden."""


async def anything(_: ModuleVersion) -> None:
    """What may be served without a policy."""


def checksum_routes(
    databases: Sequence[ChecksumDatabase], unrecorded: Unrecorded, may_serve: MayServe
) -> Sequence[Route]:
    """The routes of every database, and a 404 for all others, which sends go to the next proxy or to the database."""
    own = [route for database in databases for route in _routes_of(database, unrecorded, may_serve)]
    return [*own, Route("/sumdb/{_:path}", _unknown, methods=["GET"], name="sumdb")]


def _routes_of(database: ChecksumDatabase, unrecorded: Unrecorded, may_serve: MayServe) -> Sequence[Route]:
    async def sumdb_supported(_: Request) -> Response:
        return PlainTextResponse("")

    async def sumdb_latest(request: Request) -> Response:
        return answers.signed_head(request, await database.latest())

    async def sumdb_lookup(request: Request) -> Response:
        module = _parse_lookup(request.path_params["module"])
        if unrecorded(module.path):
            raise NotFound(f"{module}: a private module, which no checksum database has on record")
        await may_serve(module)
        found = await database.lookup(module)
        return answers.proven(request, found.value.answer, found.cache, answers.TEXT)

    async def sumdb_tile(request: Request) -> Response:
        found = await database.tile(_parse_tile(request.path_params["tile"]))
        return answers.proven(request, found.value, found.cache, answers.BINARY)

    base = f"/sumdb/{database.name}"
    return [
        Route(f"{base}/supported", sumdb_supported, methods=["GET"]),
        Route(f"{base}/latest", sumdb_latest, methods=["GET"]),
        Route(f"{base}/lookup/{{module:path}}", sumdb_lookup, methods=["GET"]),
        Route(f"{base}/tile/{{tile:path}}", sumdb_tile, methods=["GET"]),
    ]


def _parse_lookup(text: str) -> ModuleVersion:
    """`<escaped path>@<escaped version>`. Raises Malformed."""
    path, at, version = text.partition("@")
    if not at:
        raise Malformed(f"{text!r} is no module version to look up, like github.com/x/y@v1.0.0")
    module = ModuleVersion(unescape_path(path), unescape_version(version))
    check(module.path, module.version)
    if canonical_version(module.version) != module.version:
        raise Malformed(f"{module}: only canonical versions are on record")
    return module


def _parse_tile(text: str) -> Tile:
    try:
        return parse_tile_path(f"/tile/{text}")
    except Malformed as error:
        raise NotFound(f"{error}; tiles of other heights, and of whole records, are not passed on") from error


async def _unknown(request: Request) -> NoReturn:
    raise NotFound(f"{request.scope['path']}: no checksum database that is passed on here (GOMOD_SUMDBS)")
