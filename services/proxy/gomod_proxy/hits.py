"""Answers that were given a moment ago, given again from memory: before routing, the readers and any thread.

What the policy says now decides each time; what takes a right to read is never remembered, for its Cache-Control is
private. The volume is not asked, so what an operator deletes there is served for FILE_SECONDS more. And of what moves
only what upstream said is remembered, for a moment, while our own lists are read from the volume each time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import get_contextvars

from gomod_proxy import answers
from gomod_proxy.lru import Lru
from gomod_proxy.reader import Cache
from gomod_service.access_log import AccessLog, Line
from gomod_service.observability import Tally, client_of, endpoint_of, request_id_from, tally

MEMORY_BYTES = 16 << 20
LARGEST_BYTES = 64 << 10  # of one answer
FILE_SECONDS = 60.0
MOVING_SECONDS = 1.0  # on top of the time for which what upstream lists simply holds

_OVERHEAD_BYTES = 2048  # what an answer takes besides its body

# With one of these a request may want another answer, or have a body; the first two are understood.
_SPECIAL = frozenset(
    b"x-request-id accept-encoding range if-none-match if-modified-since if-range disable-module-fetch "
    b"content-length transfer-encoding".split()
)
_ENCODINGS = frozenset([b"", b"gzip"])  # what clients send who want none, and what go sends

_Key = tuple[str, bytes]


def no_rules() -> None:
    """What holds without a policy."""


@dataclass(frozen=True, slots=True)
class _Hit:
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    rules: object
    until: float  # by the clock
    tally: Tally
    log: Line


class Hits:
    """ASGI middleware outside of `RequestContext`: it says of its answers what that says of all others."""

    def __init__(
        self,
        app: ASGIApp,
        rules: Callable[[], object],
        access_log: AccessLog,
        moving_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`rules` is the policy of this moment: an answer that was given under another one is void."""
        self._app = app
        self._rules = rules
        self._access_log = access_log
        self._moving_seconds = moving_seconds
        self._clock = clock
        self._hits: Lru[_Hit] = Lru(MEMORY_BYTES, lambda hit: len(hit.body) + _OVERHEAD_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        key, given_id = _understood(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        hit = self._hits.get(key)
        rules = self._rules()
        if hit is None or hit.rules is not rules or hit.until < self._clock():
            await self._pass_on(scope, receive, send, key, rules)
            return
        request_id = request_id_from(given_id)
        headers = [*hit.headers, (b"x-request-id", request_id.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": hit.body})
        seconds = time.perf_counter() - begun
        hit.tally.count(seconds, len(hit.body))
        hit.log(seconds, client_of(scope), request_id)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, key: _Key, rules: object) -> None:
        seen = _Seen(send)
        await self._app(scope, receive, seen.send)
        seconds = self._seconds(seen)
        if seconds:
            self._hits.put(key, self._hit(scope, seen, rules, self._clock() + seconds))

    def _hit(self, scope: Scope, seen: "_Seen", rules: object, until: float) -> _Hit:
        body = b"".join(seen.pieces)
        cache = seen.header(b"x-cache")
        # The long way has bound what else it has to say; the id is that of this request alone.
        bound = {name: value for name, value in get_contextvars().items() if name != "request_id"}
        facts = {"method": "GET", "path": scope["path"], "status": 200, "cache": cache, "bytes": len(body), **bound}
        return _Hit(
            headers=tuple(each for each in seen.headers if each[0] != b"x-request-id"),
            body=body,
            rules=rules,
            until=until,
            tally=tally("GET", endpoint_of(scope), 200, cache),
            log=self._access_log(facts),
        )

    def _seconds(self, seen: "_Seen") -> float:
        """For how long the answer may be given again."""
        match seen.whole, seen.header(b"cache-control"), seen.header(b"x-cache"):
            case True, answers.FOR_EVER, Cache.HIT | Cache.LOCAL:
                return FILE_SECONDS
            case True, answers.SHORTLY, Cache.HIT:
                return self._moving_seconds
            case _:
                return 0.0


class _Seen:
    """An answer as it went by, in so far as it is small."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.whole = False
        self._small = False

    def header(self, name: bytes) -> str:
        """The value of a header, empty without it."""
        return dict(self.headers).get(name, b"").decode()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.headers = list(message["headers"])
            size = int(self.header(b"content-length") or LARGEST_BYTES + 1)
            self._small = message["status"] == 200 and size <= LARGEST_BYTES
        elif self._small:
            self.pieces.append(message.get("body", b""))
            self.whole = not message.get("more_body", False)
        await self._send(message)


def _understood(scope: Scope) -> tuple[_Key | None, str]:
    """What names the answer that a plain GET wants, None for any other request; and the request id that it brings."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return None, ""
    encoding, given_id = b"", b""
    for name, value in scope["headers"]:
        if name in _SPECIAL:
            if name == b"x-request-id":
                given_id = value
            elif name == b"accept-encoding" and value in _ENCODINGS:
                encoding = value
            else:
                return None, ""
    return (scope["path"], encoding), given_id.decode("latin-1")
