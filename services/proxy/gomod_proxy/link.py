"""The way to one upstream: tries, time limits, sizes, and its troubles told as errors of ours."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus

import aiohttp
from yarl import URL

from gomod.errors import NotFound, UpstreamError, UpstreamTimeout
from gomod.limits import MAX_GO_MOD, MAX_ZIP_FILE
from gomod_proxy import metrics
from gomod_proxy.breaker import Breaker
from gomod_proxy.http_client import HttpClient, Load
from gomod_proxy.last_seen import LastSeen
from gomod_proxy.source import Incoming
from gomod_storage.store import CHUNK_BYTES

MAX_TEXT = MAX_GO_MOD  # bytes: a go.mod is the largest text that there is
MAX_DATA = 1 << 20  # bytes of what a checksum database says
MAX_REASON = 300  # characters of an upstream's error text that we pass on
PAUSES = (0.2, 0.8)  # seconds before the second and the third try, give or take a half

_ABSENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})  # what GOPROXY's comma takes for absence
_PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class Link:
    """GET below one base URL. `what` names in errors what is asked for: `github.com/x/y@v1.0.0 (mod)`.

    Every method raises NotFound for 404 and 410, and UpstreamError (UpstreamTimeout) for everything else that is not
    an answer of the kind asked for.
    """

    def __init__(self, url: str, client: HttpClient) -> None:
        self._url = url
        self._host = URL(url).host  # without the user's name and password, which the URL may hold
        self._client = client
        self._breaker = Breaker()
        self._out_of_reach: type[UpstreamError] = UpstreamError
        self._last_seen = LastSeen()
        self._bytes = metrics.UPSTREAM_BYTES.labels(self._host)

    async def text(self, name: str, what: str) -> bytes:
        """A small file."""
        async with self._answer(name, what, "text", {}) as response:
            return await self._text(response, what)

    async def data(self, name: str, what: str) -> bytes:
        """A small file of bytes that need not be text."""
        async with self._answer(name, what, "text", {}) as response:
            return await self._body(response, what, MAX_DATA)

    async def moving_text(self, name: str, what: str) -> bytes:
        """A small file that changes: sent only if it did so since we saw it last."""
        seen = self._last_seen.get(name)
        async with self._answer(name, what, "text", seen.conditions if seen else {}) as response:
            if seen is not None and response.status == HTTPStatus.NOT_MODIFIED:
                return seen.body
            body = await self._text(response, what)
        self._last_seen.note(name, body, response.headers)
        return body

    @asynccontextmanager
    async def zip(self, name: str, what: str) -> AsyncIterator[Incoming]:
        """A large file, while the context lasts."""
        async with self._answer(name, what, "zip", {}) as response:
            size = response.content_length if "content-encoding" not in response.headers else None
            if size is not None and size > MAX_ZIP_FILE:
                raise self.nonsense(what, f"is {size} bytes long, and a module's zip may have {MAX_ZIP_FILE}")
            yield Incoming(size, self._chunks(response, what))

    def nonsense(self, what: str, why: str) -> UpstreamError:
        """The error for an answer that can't be what it claims to be, which is counted."""
        metrics.refused("nonsense")
        return UpstreamError(f"{what}: what upstream {self._host} sends {why}; it was not kept")

    async def _text(self, response: aiohttp.ClientResponse, what: str) -> bytes:
        data = await self._body(response, what, MAX_TEXT)
        if data.lstrip()[:1] == b"<":
            raise self.nonsense(what, "is a web page; is a login or a captive portal in between?")
        return data

    async def _body(self, response: aiohttp.ClientResponse, what: str, limit: int) -> bytes:
        data = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            self._bytes.inc(len(chunk))
            data += chunk
            if len(data) > limit:
                raise self.nonsense(what, f"does not end after {limit} bytes")
        return bytes(data)

    async def _chunks(self, response: aiohttp.ClientResponse, what: str) -> AsyncIterator[bytes]:
        received = 0
        with self._trouble(what):
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                self._bytes.inc(len(chunk))
                received += len(chunk)
                if received > MAX_ZIP_FILE:
                    raise self.nonsense(what, f"does not end after {MAX_ZIP_FILE} bytes")
                yield chunk

    @asynccontextmanager
    async def _answer(
        self, name: str, what: str, load: Load, conditions: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response that says 200, or 304 if there were conditions."""
        good = {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED} if conditions else {HTTPStatus.OK}
        url = URL(f"{self._url}/{name}", encoded=True)
        with self._trouble(what):
            async with (
                asyncio.timeout(self._client.patience.whole(load)) as limit,
                await self._try(url, what, load, conditions, limit) as response,
            ):
                if response.status in _ABSENT:
                    raise NotFound(f"{what}: not found upstream at {self._host}: {await _reason(response)}")
                if response.status not in good:
                    reason = await _reason(response)
                    raise UpstreamError(f"{what}: upstream {self._host} says {reason}; try again later")
                if response.content_type == "text/html":
                    raise self.nonsense(what, "is a web page; is a login or a captive portal in between?")
                yield response

    async def _try(
        self, url: URL, what: str, load: Load, headers: Mapping[str, str], limit: asyncio.Timeout
    ) -> aiohttp.ClientResponse:
        """The first response that says more than that there is passing trouble, or the last one; its body unread."""
        if not self._breaker.lets_through():
            raise self._out_of_reach(f"{what}: upstream {self._host} is out of reach; try again in a moment")
        pauses = _pauses(limit)
        while True:
            pause = next(pauses, None)
            try:
                response = await self._client.open(url, load, headers)
            except (TimeoutError, asyncio.CancelledError):  # `limit` arrives as the latter
                self._note_failure(UpstreamTimeout, "timeout")
                raise
            except aiohttp.ClientError:
                if pause is None:
                    self._note_failure(UpstreamError, "unreachable")
                    raise
            else:
                self._breaker.reached()
                if pause is None or response.status not in _PASSING:
                    self._count(f"{response.status // 100}xx")
                    return response
                response.release()
            await asyncio.sleep(pause)

    def _note_failure(self, kind: type[UpstreamError], outcome: str) -> None:
        self._count(outcome)
        self._out_of_reach = kind
        self._breaker.failed()

    def _count(self, outcome: str) -> None:
        metrics.UPSTREAM_REQUESTS.labels(self._host, outcome).inc()

    @contextmanager
    def _trouble(self, what: str) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise UpstreamTimeout(f"{what}: upstream {self._host} did not answer in time; try again later") from error
        except aiohttp.ClientPayloadError as error:
            metrics.refused("cut_short")
            raise UpstreamError(f"{what}: upstream {self._host} broke off in the middle; try again later") from error
        except aiohttp.ClientError as error:
            why = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
            why = why or type(error).__name__
            raise UpstreamError(f"{what}: upstream {self._host} can't be reached: {why}; try again later") from error


def _pauses(limit: asyncio.Timeout) -> Iterator[float]:
    """The pauses between tries that end before the time is up."""
    deadline = limit.when()
    assert deadline is not None  # every request has a limit
    for typical in PAUSES:
        pause = typical * random.uniform(0.5, 1.5)
        if asyncio.get_running_loop().time() + pause < deadline:
            yield pause


async def _reason(response: aiohttp.ClientResponse) -> str:
    """The status, and the first line that an upstream says about it: it often names the cause."""
    status = f"{response.status} {response.reason or ''}".strip()
    if response.content_type == "text/html":
        return status
    body = (await response.content.read(4 * MAX_REASON)).decode(errors="replace").strip()
    line = body.partition("\n")[0][:MAX_REASON].strip()
    return f"{status}: {line}" if line else status
