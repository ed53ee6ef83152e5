"""Every request is named, logged once and counted; the metrics of both services are declared here."""

import re
import time
from functools import lru_cache
from random import getrandbits

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from gomod_service.access_log import AccessLog
from gomod_service.operations import OPERATION_BUCKETS
from gomod_service.redaction import without_secrets

REQUESTS = Counter("gomod_requests", "Requests answered", ["method", "endpoint", "status", "cache"])
REQUEST_SECONDS = Histogram(
    "gomod_request_seconds",
    "Seconds until the last byte of the answer was handed over",
    ["endpoint"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120),
)
RESPONSE_BYTES = Counter("gomod_response_bytes", "Bytes of bodies sent", ["endpoint"])
STORE_SECONDS = Histogram(
    "gomod_store_seconds",
    "Seconds that operations of the store took; `wait`: for a turn that another replica had",
    ["operation", "outcome"],
    buckets=OPERATION_BUCKETS,
)
RELOAD_FAILURES = Counter(
    "gomod_reload_failures", "Files that changed to something unusable; the last good one holds", ["file"]
)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class RequestContext:
    """Outermost ASGI middleware: X-Request-ID in and out, one access-log line, metrics.

    A request id that the gateway sends is kept, so that one id runs through the gateway's log and ours.
    """

    def __init__(self, app: ASGIApp, access_log: AccessLog) -> None:
        self.app = app
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = request_id_from(Headers(scope=scope).get("x-request-id", ""))
        # Bound and never unbound: the server runs each request in a task, so in a context, of its own, and its
        # complaint about a crash of ours then carries the id as well.
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        answer = _Answer(send, request_id)
        begun = time.perf_counter()
        try:
            await self.app(scope, receive, answer.send)
        finally:
            self._record(scope, answer, time.perf_counter() - begun, request_id)

    def _record(self, scope: Scope, answer: "_Answer", seconds: float, request_id: str) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        tally(method, endpoint_of(scope), answer.status, answer.cache).count(seconds, answer.bytes)
        line = self._access_log(facts_of(scope, answer.status, answer.cache))
        line(seconds, answer.bytes, client_of(scope), request_id)


class _Answer:
    """Watches one answer go out."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0  # none was sent
        self.cache = ""
        self.bytes = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self._request_id
            self.status = int(message["status"])  # Starlette hands on the HTTPStatus it was given
            self.cache = headers.get("x-cache", "")
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
        else:
            self.bytes += message.get("count", 0)  # of a file that the server sends
        await self._send(message)


def request_id_from(given: str) -> str:
    """The id of a request that brings one, or none (""); a token, and what could forge a log line, is replaced."""
    if given and _REQUEST_ID.fullmatch(given) and without_secrets(given) == given:
        return given
    return f"{getrandbits(128):032x}"  # not a secret, and bytes of the system's cost a microsecond more


def endpoint_of(scope: Scope) -> str:
    """What answered: Starlette's router leaves it in the scope. A name from a closed set, fit for a label."""
    return getattr(scope.get("endpoint"), "__name__", "none")


def client_of(scope: Scope) -> str:
    """The address of whoever is connected to us."""
    address: str = (scope.get("client") or ("",))[0]
    return address


def facts_of(scope: Scope, status: int, cache: str) -> dict[str, object]:
    """What the access log says of an answer, and would of another one like it: with what was bound on the way to it."""
    bound = {name: value for name, value in get_contextvars().items() if name != "request_id"}
    return {"method": scope["method"], "path": scope["path"], "status": status, "cache": cache, **bound}


class Tally:
    """The counters of requests that were answered in one way, looked up once."""

    def __init__(self, method: str, endpoint: str, status: int, cache: str) -> None:
        self._requests = REQUESTS.labels(method, endpoint, str(status), cache)
        self._seconds = REQUEST_SECONDS.labels(endpoint)
        self._bytes = RESPONSE_BYTES.labels(endpoint)

    def count(self, seconds: float, size: int) -> None:
        """One more, which took so long and sent so many bytes."""
        self._requests.inc()
        self._seconds.observe(seconds)
        self._bytes.inc(size)


tally = lru_cache(maxsize=1024)(Tally)
"""The one Tally of these labels, which come from closed sets."""
