"""One upload from its first byte to its receipt: received, judged, committed."""

import os
from collections.abc import Awaitable, Callable
from functools import partial

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request

from gomod_storage.store import ModuleStore, Release
from gomod_uploader.auth import Gatekeeper, Publisher
from gomod_uploader.receipt import Receipt, published, stored
from gomod_uploader.receive import Submission, receive
from gomod_uploader.remarks import Remark, remarks_on, shortened
from gomod_uploader.requirements import remarks_on_requirements
from gomod_uploader.validate import Valid, validate

Commit = Callable[[Release], Awaitable[bool]]
"""What makes a release visible, or only says what would come of it: returns and raises as ModuleStore.commit."""


class Publishing:
    """What every upload goes through."""

    def __init__(
        self, gatekeeper: Gatekeeper, store: ModuleStore, private_patterns: str, patience_seconds: float
    ) -> None:
        self._gatekeeper = gatekeeper
        self._store = store
        self._private_patterns = private_patterns
        self._patience_seconds = patience_seconds
        # Judging takes a core for as long as a large zip takes, and memory for a large go.mod.
        self._judges = CapacityLimiter(os.cpu_count() or 1)

    async def publish(self, request: Request, publisher: Publisher, commit: Commit) -> Receipt:
        """Take the upload that `publisher` sends. Raises Forbidden and what receive, validate and commit raise."""
        admit = partial(self._gatekeeper.admit, publisher)
        async with self._store.stage() as staging:
            submission = await receive(request, staging, admit, self._patience_seconds)
            valid, remarks = await to_thread.run_sync(_judge, submission, limiter=self._judges)
            async for remark in remarks_on_requirements(valid.go_mod, self._store, self._private_patterns):
                remarks.append(remark)
            if await commit(valid.release):
                return published(submission, valid, shortened(remarks))
            return await stored(valid, shortened(remarks), self._store)


def _judge(submission: Submission) -> tuple[Valid, list[Remark]]:
    valid = validate(submission)
    return valid, remarks_on(valid)
