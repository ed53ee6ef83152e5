"""The audit log: who did what, from where, with which bytes, and what came of it; it lies beside the data."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from starlette.requests import Request
from structlog.contextvars import get_contextvars

from gomod.errors import RegistryError
from gomod_service.redaction import without_secrets
from gomod_storage.store import ModuleStore
from gomod_uploader.auth import Publisher
from gomod_uploader.problems import code_of

log = structlog.get_logger(__name__)


class Deed:
    """One thing that a publisher does, from the moment that we know who it is. `facts` are added as they are learnt."""

    def __init__(self, store: ModuleStore, request: Request, publisher: Publisher, what: str) -> None:
        self._store = store
        self.facts = {
            "what": what,
            "who": publisher.identity,
            "peer": request.client.host if request.client else "",
            "forwarded_for": request.headers.get("x-forwarded-for", ""),  # of the gateway, if peer is the gateway
            "request_id": get_contextvars().get("request_id", ""),
        }

    async def begin(self) -> None:
        """Put down what is about to be done: nothing is done that the log does not know of.

        Raises StoreFull, Unavailable.
        """
        await self._record("begun")

    async def end(self, verdict: str, **facts: str) -> None:
        """Put down what came of it. When that fails the deed is done all the same, and the log has its beginning."""
        try:
            await self._record(verdict, **facts)
        except RegistryError as error:
            log.error("audit_entry_lost", verdict=verdict, error=str(error), **(self.facts | facts))

    async def _record(self, verdict: str, **facts: str) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = {"time": time, **self.facts, "verdict": verdict, **facts}
        await self._store.audit(without_secrets(json.dumps(entry)).encode())


@asynccontextmanager
async def audited(store: ModuleStore, request: Request, publisher: Publisher, what: str) -> AsyncIterator[Deed]:
    """A deed whose refusal, for whatever reason of ours, is put down as well."""
    deed = Deed(store, request, publisher, what)
    try:
        yield deed
    except RegistryError as error:
        await deed.end("refused", code=code_of(error), problem=str(error))
        raise
