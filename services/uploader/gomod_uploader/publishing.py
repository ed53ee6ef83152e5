"""One upload from its first byte to its receipt: received, judged, put down, committed."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request

from gomod_storage.store import ModuleStore, Release
from gomod_uploader.audit import Deed, audited
from gomod_uploader.auth import Gatekeeper, Publisher
from gomod_uploader.receipt import Receipt, published, stored
from gomod_uploader.receive import Submission, receive
from gomod_uploader.remarks import Remark, remarks_on, shortened
from gomod_uploader.requirements import remarks_on_requirements
from gomod_uploader.validate import Valid, validate


@dataclass(frozen=True, slots=True)
class Ending:
    """What an upload comes to: a commit, or only the word of what a commit would be."""

    what: str  # as the audit log calls it
    commit: Callable[[Release], Awaitable[bool]]  # returns and raises as ModuleStore.commit


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

    async def publish(self, request: Request, publisher: Publisher, ending: Ending) -> Receipt:
        """Take the upload that `publisher` sends. Raises Forbidden and what receive, validate and the ending raise."""
        async with audited(self._store, request, publisher, ending.what) as deed:
            return await self._publish(request, publisher, ending, deed)

    async def _publish(self, request: Request, publisher: Publisher, ending: Ending, deed: Deed) -> Receipt:
        def admit(module_path: str) -> None:
            deed.facts["module"] = module_path
            self._gatekeeper.admit(publisher, module_path)

        async with self._store.stage() as staging:
            submission = await receive(request, staging, admit, self._patience_seconds)
            deed.facts |= {"version": submission.version, "zip_sha256": submission.files["zip"].sha256}
            valid, remarks = await to_thread.run_sync(_judge, submission, limiter=self._judges)
            deed.facts |= {"h1": valid.release.h1, "go_mod_h1": valid.release.go_mod_h1}
            async for remark in remarks_on_requirements(valid.go_mod, self._store, self._private_patterns):
                remarks.append(remark)
            await deed.begin()
            is_new = await ending.commit(valid.release)
            await deed.end("new" if is_new else "identical")
            if is_new:
                return published(submission, valid, shortened(remarks))
            return await stored(valid, shortened(remarks), self._store)


def _judge(submission: Submission) -> tuple[Valid, list[Remark]]:
    valid = validate(submission)
    return valid, remarks_on(valid)
