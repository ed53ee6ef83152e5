"""Answers that were given a moment ago, given again from memory: before routing, the readers and any thread.

A server that can ask does so `at_once`; on every other one this is middleware.

What the policy says now decides each time; what takes a right to read is never remembered, for its Cache-Control is
private. The volume is not asked, so what an operator deletes there is served for FILE_SECONDS more. And of what moves
only what upstream said is remembered, for a moment, while our own lists are read from the volume each time.
"""

import time
from collections.abc import Callable, Iterable, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from gomod_proxy import answers
from gomod_proxy.hit import Hit, SeenAnswer
from gomod_proxy.lru import Lru
from gomod_proxy.reader import Cache
from gomod_proxy.sent_file import SentFile
from gomod_service.access_log import AccessLog
from gomod_service.at_once import Header
from gomod_service.observability import client_of, endpoint_of, facts_of, request_id_from, tally

MEMORY_BYTES = 16 << 20
FILE_SECONDS = 60.0
MOVING_SECONDS = 1.0  # on top of the time for which what upstream lists simply holds

_OVERHEAD_BYTES = 2048  # what an answer takes besides its body
_FILE_BYTES = MEMORY_BYTES // 256  # what an open file counts as: there are at most so many

# With one of these a request may want another answer, or have a body; the first two are understood.
_SPECIAL = frozenset(
    b"x-request-id accept-encoding range if-none-match if-modified-since if-range disable-module-fetch "
    b"content-length transfer-encoding".split()
)
_ENCODINGS = frozenset([b"", b"gzip"])  # what clients send who want none, and what go sends

_Key = tuple[str, bytes]  # path, Accept-Encoding


def no_rules() -> None:
    """What holds without a policy."""


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
        self._hits: Lru[Hit] = Lru(MEMORY_BYTES, _weight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        key, given_id = None, ""
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            key, given_id = _understood(scope["path"], scope["headers"])
        if key is None:
            await self._app(scope, receive, send)
            return
        rules = self._rules()
        hit = self._hit_of(key, rules)
        if hit is None:
            await self._pass_on(scope, receive, send, key, rules)
            return
        request_id = request_id_from(given_id)
        headers = [*hit.headers, (b"x-request-id", request_id.encode())]
        if hit.file is not None:
            size = await hit.file.give(headers, send)
        else:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": hit.body})
            size = len(hit.body)
        hit.tell(time.perf_counter() - begun, size, client_of(scope), request_id)

    def at_once(self, path: str, headers: Sequence[Header], client: str) -> Sequence[bytes] | None:
        """As AnswersAtOnce."""
        begun = time.perf_counter()
        key, given_id = _understood(path, headers)
        hit = None if key is None else self._hit_of(key, self._rules())
        if hit is None or hit.file is not None:
            return None
        request_id = request_id_from(given_id)
        hit.tell(time.perf_counter() - begun, len(hit.body), client, request_id)
        return hit.head, request_id.encode(), b"\r\n\r\n", hit.body

    def _hit_of(self, key: _Key, rules: object) -> Hit | None:
        hit = self._hits.get(key)
        return None if hit is None or hit.rules is not rules or hit.until < self._clock() else hit

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, key: _Key, rules: object) -> None:
        now = self._clock()
        self._hits.drop_oldest_while(lambda hit: hit.until < now)  # an open file keeps its bytes on the disk
        seen = SeenAnswer(send)
        await self._app(scope, receive, seen.send)
        stored: SentFile | None = scope.get("stored_file")
        seconds = self._seconds(seen, stored)
        if seconds:
            self._hits.put(key, self._hit(scope, seen, stored, rules, self._clock() + seconds))

    def _hit(self, scope: Scope, seen: SeenAnswer, stored: SentFile | None, rules: object, until: float) -> Hit:
        cache = seen.header(b"x-cache")
        if cache == Cache.MISS:
            cache = Cache.HIT  # it is stored now
        headers = tuple(
            (name, cache.encode() if name == b"x-cache" else value)
            for name, value in (stored.raw_headers if stored else seen.headers)
            if name != b"x-request-id"
        )
        return Hit(
            headers=headers,
            body=b"".join(seen.pieces),
            file=stored or scope.get("sent_file"),
            rules=rules,
            until=until,
            tally=tally("GET", endpoint_of(scope), 200, cache),
            facts=facts_of(scope, 200, cache),
            access_log=self._access_log,
        )

    def _seconds(self, seen: SeenAnswer, stored: SentFile | None) -> float:
        """For how long the answer may be given again, or in its place what was stored as it went by."""
        match seen.whole, seen.header(b"cache-control"), seen.header(b"x-cache"):
            case True, answers.FOR_EVER, Cache.HIT | Cache.LOCAL | Cache.MISS:
                return FILE_SECONDS
            case _, answers.NOT_AT_ALL, Cache.MISS if stored:
                return FILE_SECONDS
            case True, answers.SHORTLY, Cache.HIT:
                return self._moving_seconds
            case _:
                return 0.0


def _weight(hit: Hit) -> int:
    return _OVERHEAD_BYTES + (_FILE_BYTES if hit.file else len(hit.body))


def _understood(path: str, headers: Iterable[Header]) -> tuple[_Key | None, str]:
    """What names the answer that a GET wants, None for one that is not plain; and the request id that it brings."""
    encoding, given_id = b"", b""
    for name, value in headers:
        if name in _SPECIAL:
            if name == b"x-request-id":
                given_id = value
            elif name == b"accept-encoding" and value in _ENCODINGS:
                encoding = value
            else:
                return None, ""
    return (path, encoding), given_id.decode("latin-1")
