"""What is stored, for programs that follow it: `/catalog`, page by page, and `/index`, in the order of arrival."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from gomod import module
from gomod.errors import Malformed
from gomod.module import ModuleVersion
from gomod_proxy import answers
from gomod_storage import Indexed, ModuleStore

CATALOG_PAGE = 1000  # entries, unless the client says how many
INDEX_PAGE = 2000
LARGEST_PAGE = 10000

_JSON_LINES = "application/x-ndjson"


class Feeds:
    """Both feeds, without what the policy refuses to serve."""

    def __init__(self, store: ModuleStore, allows: Callable[[ModuleVersion], Awaitable[bool]]) -> None:
        self._store = store
        self._allows = allows

    async def catalog(self, request: Request) -> Response:
        """`?token=&pagesize=`, in the words of Athens: `next` is the token of the next page, absent on the last one."""
        token = request.query_params.get("token", "")
        size = _size(request, "pagesize", CATALOG_PAGE)
        page = await self._store.catalog(_parse_token(token) if token else None, size)
        shown = [{"module": each.path, "version": each.version} for each in page if await self._allows(each)]
        # A page may show less than it holds, even nothing: the token says where it really ended.
        more = {"next": str(page[-1])} if len(page) == size else {}
        return answers.feed(request, json.dumps({"modules": shown, **more}).encode() + b"\n", answers.JSON)

    async def index(self, request: Request) -> Response:
        """`?since=&limit=`, as the public index has it, except that `since` is the last time that was read already."""
        since = _since(request)
        limit = _size(request, "limit", INDEX_PAGE)
        shown: list[Indexed] = []
        # A page with less than asked for means the end to a client, so it is filled up with what the policy allows.
        while len(shown) < limit and (entries := await self._store.index(since, limit - len(shown))):
            shown += [entry for entry in entries if await self._allows(entry.module)]
            since = entries[-1].time
        return answers.feed(request, b"".join(map(_line, shown)), _JSON_LINES)


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
