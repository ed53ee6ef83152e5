"""What is stored, for programs that follow it: `/catalog`, page by page, and `/index`, in the order of arrival."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from gomod import module
from gomod.errors import Malformed
from gomod.module import ModuleVersion
from gomod_proxy import answers
from gomod_proxy.reading import ReadingRights
from gomod_storage import Indexed

CATALOG_PAGE = 1000  # entries, unless the client says how many
INDEX_PAGE = 2000
LARGEST_PAGE = 10000

_JSON_LINES = "application/x-ndjson"


class Listed(Protocol):
    """What Feeds needs of a ModuleStore, which says what each means."""

    async def catalog(self, after: ModuleVersion | None, limit: int) -> list[ModuleVersion]: ...

    async def index(self, since: datetime | None, limit: int) -> list[Indexed]: ...


class Feeds:
    """Both feeds, without what the policy refuses to serve and without what the client has no right to read."""

    def __init__(
        self, store: Listed, rights: ReadingRights, allows: Callable[[ModuleVersion], Awaitable[bool]]
    ) -> None:
        self._store = store
        self._rights = rights
        self._allows = allows

    # A page with less than asked for means the end to a client, so both are filled up with what may be shown, in steps
    # that grow where much may not. The next page begins after the last that was shown: another name would tell it.

    async def catalog(self, request: Request) -> Response:
        """`?token=&pagesize=`, in the words of Athens: `next` is the token of the next page, absent on the last one."""
        token = request.query_params.get("token", "")
        after = _parse_token(token) if token else None
        size = _size(request, "pagesize", CATALOG_PAGE)
        may_show = self._may_show(request)
        shown: list[ModuleVersion] = []
        step = size
        while len(shown) < size and (page := await self._store.catalog(after, step)):
            shown += [module for module in page if await may_show(module)]
            after, step = page[-1], min(2 * step, LARGEST_PAGE)
        modules = [{"module": each.path, "version": each.version} for each in shown[:size]]
        more = {"next": str(shown[size - 1])} if len(shown) >= size else {}
        return answers.feed(request, json.dumps({"modules": modules, **more}).encode() + b"\n", answers.JSON)

    async def index(self, request: Request) -> Response:
        """`?since=&limit=`, as the public index has it, except that `since` is the last time that was read already."""
        since = _since(request)
        limit = _size(request, "limit", INDEX_PAGE)
        may_show = self._may_show(request)
        shown: list[Indexed] = []
        step = limit
        while len(shown) < limit and (entries := await self._store.index(since, step)):
            shown += [entry for entry in entries if await may_show(entry.module)]
            since, step = entries[-1].time, min(2 * step, LARGEST_PAGE)
        return answers.feed(request, b"".join(map(_line, shown[:limit])), _JSON_LINES)

    def _may_show(self, request: Request) -> Callable[[ModuleVersion], Awaitable[bool]]:
        is_readable = self._rights.shown(request.scope)

        async def may_show(module: ModuleVersion) -> bool:
            return is_readable(module.path) and await self._allows(module)

        return may_show


async def everything(_: ModuleVersion) -> bool:
    """What is allowed without a policy."""
    return True


def _line(entry: Indexed) -> bytes:
    time = f"{entry.time:%Y-%m-%dT%H:%M:%S.%fZ}"
    line = {"Path": entry.module.path, "Version": entry.module.version, "Timestamp": time}
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def _size(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise Malformed(f"{name}={text!r} is wrong: expected a number of entries, at most {LARGEST_PAGE} of which come")
    return min(int(text), LARGEST_PAGE)


def _parse_token(token: str) -> ModuleVersion:
    path, _, version = token.partition("@")
    module.check(path, version)
    return ModuleVersion(path, version)


def _since(request: Request) -> datetime | None:
    text = request.query_params.get("since", "")
    try:
        since = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise Malformed(f"since={text!r} is wrong: expected a time like 2026-01-02T03:04:05.678901Z") from error
    return since.replace(tzinfo=UTC) if since is not None and since.tzinfo is None else since
