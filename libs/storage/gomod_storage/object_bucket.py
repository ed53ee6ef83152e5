"""A bucket by its few operations, and the one place that knows obstore: its time-outs, its traps and its errors."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
import structlog
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

from gomod.errors import Damaged, NotFound, Unavailable
from gomod_storage.object_keys import MARKER
from gomod_storage.store import CHUNK_BYTES

if TYPE_CHECKING:
    # Names of its stubs alone: they are not there at run time.
    from obstore import UpdateVersion
    from obstore.store import AzureStore, ClientConfig, GCSStore, RetryConfig, S3Store

log = structlog.get_logger(__name__)

CLIENT: "ClientConfig" = {
    # Only where the operator's own endpoint says http://.
    "allow_http": True,
    "connect_timeout": timedelta(seconds=5),
    # For one step of a body as well as for the head of an answer. A reader that is slow itself does not count.
    "read_timeout": timedelta(seconds=20),
    # For a whole body, hence not what finds a server that hangs: a client may take that long for a large zip.
    "timeout": timedelta(hours=1),
}

RETRIES: "RetryConfig" = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=20),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
}

PART_BYTES = 5 * 1024 * 1024
"""Of a multipart upload: the least that S3 takes."""

_REFUSED = "refuses our credentials"
_NOT_THERE = "is not there, or not for these credentials"
_MEANINGS = {"401": _REFUSED, "403": _REFUSED, "404": _NOT_THERE}

_PARTS_AT_ONCE = 2  # each is held in memory; more are hardly faster

UPLOADS_AT_ONCE = 8
"""So many are under way in one process, and the others wait: together they take 80 MiB."""


@dataclass(frozen=True, slots=True)
class Object:
    """A small object, whole in memory."""

    data: bytes
    modified: float  # seconds since the epoch
    state: "UpdateVersion"  # what `replace` must find


@dataclass(frozen=True, slots=True)
class Listed:
    """An object of any size, as a listing tells of it."""

    key: str
    bytes: int
    modified: float  # seconds since the epoch


class Bucket:
    """The objects below one prefix of a bucket. What fails raises Unavailable, and only what is absent NotFound."""

    def __init__(self, client: "S3Store | GCSStore | AzureStore", name: str) -> None:
        self._client = client
        self._name = name
        self._uploads = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def get(self, key: str, what: str) -> Object:
        """A small object. Raises NotFound, naming `what`, and Unavailable."""
        try:
            with self._errors(what):
                answer = await obstore.get_async(self._client, key)
                data = bytes(await answer.bytes_async())
        except FileNotFoundError as error:
            await self.confirm()
            raise NotFound(f"{what}: not in the store") from error
        return Object(
            data, answer.meta["last_modified"].timestamp(), _state(answer.meta["e_tag"], answer.meta["version"])
        )

    async def put(self, key: str, data: bytes) -> None:
        """Put a small object there, whatever is there."""
        with self._errors(key), self._no_bucket():
            await obstore.put_async(self._client, key, data, use_multipart=False)

    async def create(self, key: str, data: bytes) -> "UpdateVersion | None":
        """Put a small object where there is none; its state, or None when there is one.

        After a lost answer the one that is there may be this one.
        """
        # Never for anything large: this mode holds the whole body in memory.
        with self._errors(key), self._no_bucket():
            try:
                put = await obstore.put_async(self._client, key, data, mode="create")
            except AlreadyExistsError:
                return None
        return _state(put["e_tag"], put["version"])

    async def replace(self, key: str, data: bytes, state: "UpdateVersion") -> "UpdateVersion | None":
        """Put a small object in the place of one in this state; None when it is not there.

        After a lost answer the one that is there may be this one.
        """
        with self._errors(key):
            try:
                put = await obstore.put_async(self._client, key, data, mode=state)
            except (PreconditionError, FileNotFoundError):
                return None
        return _state(put["e_tag"], put["version"])

    async def upload(self, key: str, file: Path) -> None:
        """Put a large file there, whatever is there; in memory are two parts of it. It appears whole."""
        async with self._uploads:
            with self._errors(key), self._no_bucket():
                await obstore.put_async(
                    self._client, key, file, chunk_size=PART_BYTES, max_concurrency=_PARTS_AT_ONCE, mode="overwrite"
                )

    async def stream(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes of a half-open range, at most CHUNK_BYTES at a time. What is missing is Damaged here."""
        if start >= stop:
            return
        with self._errors(key):
            try:
                answer = await obstore.get_async(self._client, key, options={"range": (start, stop)})
            except FileNotFoundError as error:
                await self.confirm()
                raise Damaged(f"{key}: missing in the store") from error
            async for piece in answer.stream(min_chunk_size=CHUNK_BYTES):
                for offset in range(0, len(piece), CHUNK_BYTES):
                    chunk = bytes(piece[offset : offset + CHUNK_BYTES])
                    start += len(chunk)
                    yield chunk
        if start != stop:
            raise Damaged(f"{key}: the stored object ends after {start} bytes")

    async def keys(self, prefix: str, after: str | None = None) -> AsyncIterator[str]:
        """The keys below a prefix, those that follow `after`, in an order that is the store's own but never changes."""
        async for each in self.objects(prefix, after):
            yield each.key

    async def objects(self, prefix: str, after: str | None = None) -> AsyncIterator[Listed]:
        """The same, with what a listing tells of each."""
        with self._errors(prefix), self._no_bucket():
            async for page in obstore.list(self._client, prefix, offset=after):
                for each in page:
                    yield Listed(each["path"], each["size"], each["last_modified"].timestamp())

    async def has(self, key: str) -> bool:
        """Whether there is an object of any size."""
        with self._errors(key):
            try:
                await obstore.head_async(self._client, key)
            except FileNotFoundError:
                await self.confirm()
                return False
        return True

    async def copy(self, source: str, target: str) -> None:
        """Copy an object of any size, whatever is at `target`; nothing when there is none at `source`."""
        with self._errors(source):
            try:
                await obstore.copy_async(self._client, source, target)
            except FileNotFoundError:
                return

    async def delete(self, keys: list[str]) -> None:
        """Delete objects; one that is not there is none to delete."""
        with self._errors("deleting"):
            try:
                await obstore.delete_async(self._client, keys)
            except FileNotFoundError:
                return

    async def confirm(self) -> None:
        """Raise Unavailable unless things are there at all: a bucket that is missing looks empty to a reader."""
        with self._errors(MARKER), self._no_bucket():
            await obstore.get_async(self._client, MARKER)

    @contextmanager
    def _no_bucket(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise Unavailable(f"{self._name} {_NOT_THERE}") from error

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except BaseError as error:
            reason = _reason(error)
            log.warning("object_store_fails", bucket=self._name, subject=what, error=reason)
            # By the status and not by the kind of error: a listing that is refused is as generic as one that broke off.
            meaning = _MEANINGS.get(reason[:3], "can't be used")
            raise Unavailable(f"{what}: {self._name} {meaning}") from error


def _state(e_tag: str | None, version: str | None) -> "UpdateVersion":
    # obstore takes no None for what a store does not have.
    state: UpdateVersion = {}
    if e_tag is not None:
        state["e_tag"] = e_tag
    if version is not None:
        state["version"] = version
    return state


def _reason(error: BaseError) -> str:
    """What an error says, without what is secret: its text holds URLs, perhaps signed ones, and whole answers."""
    text = str(error)
    status = re.search(r"status code: (\d{3}[^:\n]*)", text)
    code = re.search(r"<Code>(\w+)</Code>", text)
    if status or code:
        return " ".join(found.group(1) for found in (status, code) if found)
    return text.partition("\n")[0].rpartition(" - ")[2] if " - " in text else type(error).__name__
