"""From what a reader found to an HTTP response."""

import gzip
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from functools import partial
from http import HTTPStatus

import structlog
from starlette.requests import Request
from starlette.responses import Content, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gomod.errors import RegistryError
from gomod_proxy.conditions import RangeNotSatisfiable, Validators, is_current, wanted_range
from gomod_proxy.reader import Cache, Found, Stream
from gomod_proxy.sent_file import SentFile
from gomod_storage import Blob, Document, Extent

log = structlog.get_logger(__name__)

FOR_EVER = "public, max-age=31536000, immutable"  # a version's files never change
SHORTLY = "public, max-age=60"  # a list, @latest, what a branch means
NOT_AT_ALL = "no-store"  # made up from the store in an outage, or not checked yet: gone when that is over

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
ZIP = "application/zip"
BINARY = "application/octet-stream"

WORTH_COMPRESSING = range(1400, 1 << 20)
"""Bytes of a text: less fits into one packet anyway, and more would keep everybody else waiting."""

WORTH_SENDING = 64 << 10
"""Bytes of a file: less is copied as fast, and then it can be given again from memory (hits.py)."""

_Content = Callable[[int, int, HTTPStatus, dict[str, str]], Response]
"""Answers with the bytes of a half-open range, under this status and these headers."""

_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:$|,|;(?!\s*q=0(?:\.0*)?\s*(?:,|$)))", re.IGNORECASE)


class Body(StreamingResponse):
    """A streamed body that is visibly broken off when its source fails midway."""

    async def stream_response(self, send: Send) -> None:
        pieces = aiter(self.body_iterator)
        first = await anext(pieces, b"")  # what fails before this still has a status of its own
        self.body_iterator = _again(first, pieces)
        try:
            await super().stream_response(send)
        except RegistryError as error:
            # Too late for a status. Without the closing message the server hangs up, and the client knows.
            log.warning("body_broken_off", error=str(error))
        except ConnectionError:  # of a server whose `send` tells; others end this task
            log.debug("client_gone")


async def _again(first: Content, rest: AsyncIterator[Content]) -> AsyncIterator[Content]:
    yield first
    async for piece in rest:
        yield piece


class Arriving(Body):
    """A zip on its way from upstream. Once it is kept, the scope has how to give it again, as `stored_file`."""

    def __init__(self, stream: Stream, headers: dict[str, str]) -> None:
        super().__init__(stream.chunks(), headers=headers, media_type=ZIP)
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Upstream may be silent for long, and nobody sends then who would be told that the client has left.
        await super().__call__(_watched(scope), receive, send)
        blob = self._stream.kept()
        if blob is not None and (extents := _extents(blob, scope)) and blob.size > WORTH_SENDING:
            headers = _fixed_headers(Cache.HIT) | Validators(blob.etag, blob.modified).headers()
            headers |= {"accept-ranges": "bytes", "content-length": str(blob.size)}
            scope["stored_file"] = SentFile(partial(extents, 0, blob.size), HTTPStatus.OK, headers, ZIP)


def _watched(scope: Scope) -> Scope:
    """The scope with which Starlette has a task watch whether the client is still there."""
    return {**scope, "asgi": {**scope.get("asgi", {}), "spec_version": "2.3"}}


def listing(request: Request, found: Found[list[str]]) -> Response:
    """A version list: one a line, the last one too."""
    text = "".join(f"{version}\n" for version in found.value).encode()
    return _small(request, text, None, TEXT, _moving_headers(found.cache))


def moving(request: Request, found: Found[Document]) -> Response:
    """The .info of what is the latest, or of what a query means, now."""
    # Without its date: what it means now may have been stored before what it meant when the client asked last.
    return _small(request, found.value.data, None, JSON, _moving_headers(found.cache))


def fixed(request: Request, found: Found[Document], media_type: str) -> Response:
    """The .info or go.mod of a version."""
    headers = _fixed_headers(found.cache)
    if not found.kept:
        headers["cache-control"] = NOT_AT_ALL  # what we don't keep, nobody should
    return _small(request, found.value.data, found.value.modified, media_type, headers)


def signed_head(request: Request, found: Found[bytes]) -> Response:
    """The newest signed head of a checksum database."""
    return _small(request, found.value, None, TEXT, _moving_headers(found.cache))


def proven(request: Request, data: bytes, cache: Cache, media_type: str) -> Response:
    """What a checksum database has proven: a lookup, or a tile, which is hashes and does not compress."""
    validators = Validators(hashlib.sha256(data).hexdigest()[:32], None)
    headers = _fixed_headers(cache)
    return _select(request, validators, len(data), _of_bytes(data, media_type), media_type, headers)


def feed(request: Request, data: bytes, media_type: str) -> Response:
    """A page of what is stored now."""
    return _small(request, data, None, media_type, {"cache-control": NOT_AT_ALL})


def archive(request: Request, found: Found[Blob | Stream]) -> Response:
    """The zip of a version; one that is still arriving has no ranges and no ETag yet, and nobody has checked it."""
    headers = _fixed_headers(found.cache)
    zip_ = found.value
    if isinstance(zip_, Stream):
        headers["cache-control"] = NOT_AT_ALL
        if zip_.size is not None:
            headers["content-length"] = str(zip_.size)
        if request.method == "HEAD":
            return Response(headers=headers, media_type=ZIP)
        return Arriving(zip_, headers)
    extents = _extents(zip_, request.scope)

    def content(start: int, stop: int, status: HTTPStatus, headers: dict[str, str]) -> Response:
        if extents and stop - start > WORTH_SENDING:
            return SentFile(partial(extents, start, stop), status, headers, ZIP)
        return Body(zip_.chunks(start, stop), status, headers, ZIP)

    return _select(request, Validators(zip_.etag, zip_.modified), zip_.size, content, ZIP, headers)


def _extents(zip_: Blob, scope: Scope) -> Callable[[int, int], AsyncIterator[Extent]] | None:
    """The zip as parts of a file, where there is one and the server has the kernel send it."""
    return zip_.extents if SentFile.EXTENSION in scope.get("extensions", ()) else None


def _moving_headers(cache: Cache) -> dict[str, str]:
    return {"x-cache": cache, "cache-control": NOT_AT_ALL if cache is Cache.STALE else SHORTLY}


def _fixed_headers(cache: Cache) -> dict[str, str]:
    return {"x-cache": cache, "cache-control": FOR_EVER}


def _small(request: Request, data: bytes, modified: float | None, media_type: str, headers: dict[str, str]) -> Response:
    etag = hashlib.sha256(data).hexdigest()[:32]
    headers["vary"] = "accept-encoding"
    if len(data) in WORTH_COMPRESSING and _takes_gzip(request):
        data = gzip.compress(data, compresslevel=6, mtime=0)
        etag += "-gzip"  # other bytes, another tag
        headers["content-encoding"] = "gzip"
    validators = Validators(etag, modified)
    return _select(request, validators, len(data), _of_bytes(data, media_type), media_type, headers)


def _of_bytes(data: bytes, media_type: str) -> _Content:
    return lambda start, stop, status, headers: Response(data[start:stop], status, headers, media_type)


def _takes_gzip(request: Request) -> bool:
    # A range is one of the bytes as they are stored.
    return "range" not in request.headers and bool(_GZIP.search(request.headers.get("accept-encoding", "")))


def _select(
    request: Request,
    validators: Validators,
    size: int,
    content: _Content,
    media_type: str,
    headers: dict[str, str],
) -> Response:
    """All of it, a range of it, its headers alone, or word that the client has it already."""
    headers |= validators.headers() | {"accept-ranges": "bytes"}
    if is_current(request.headers, validators):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if request.method == "HEAD":
        return Response(headers=headers | {"content-length": str(size)}, media_type=media_type)
    try:
        part = wanted_range(request.headers, validators, size)
    except RangeNotSatisfiable:
        return _out_of_range(size)
    start, stop = part or (0, size)
    headers["content-length"] = str(stop - start)
    if part:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{size}"
    return content(start, stop, HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK, headers)


def _out_of_range(size: int) -> Response:
    headers = {"content-range": f"bytes */{size}", "cache-control": "no-store"}
    text = f"the range asked for begins past the end of {size} bytes\n"
    return Response(text, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers, TEXT)
