"""Withdrawing a version: nobody is led to it any more, builds that pin it go on. And taking that back."""

from datetime import UTC, datetime

from starlette.requests import Request

from gomod.errors import InvalidModule, Violation
from gomod.module import ModuleVersion
from gomod_storage.store import ModuleStore, Withdrawal
from gomod_uploader.audit import Deed, audited
from gomod_uploader.auth import Gatekeeper, Publisher
from gomod_uploader.body import read_form
from gomod_uploader.parts import MAX_TEXT, TextPart

_MAX_BODY = 3 * MAX_TEXT + 16 * 1024  # and the lines between the parts


class Withdrawing:
    """What a withdrawal, and taking it back, go through."""

    def __init__(self, gatekeeper: Gatekeeper, store: ModuleStore, patience_seconds: float) -> None:
        self._gatekeeper = gatekeeper
        self._store = store
        self._patience_seconds = patience_seconds

    async def withdraw(self, request: Request, publisher: Publisher) -> dict[str, object]:
        """Withdraw what the form names, for the reason that it gives; returns the answer's document.

        Raises Forbidden, NotFound, InvalidModule, and what `read_form` raises.
        """
        async with audited(self._store, request, publisher, "withdraw") as deed:
            reason = TextPart("reason")
            module = await self._read(request, publisher, deed, reason)
            if not reason.text:
                raise InvalidModule(
                    (Violation("reason-empty", "the part 'reason' is empty: say why, others will ask"),)
                )
            withdrawal = Withdrawal(reason.text, publisher.identity, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
            deed.facts["reason"] = reason.text
            await deed.begin()
            await self._store.withdraw(module, withdrawal)
            await deed.end("withdrawn")
        return {**_named(module), "withdrawn": True, "reason": withdrawal.reason, "time": withdrawal.time}

    async def reinstate(self, request: Request, publisher: Publisher) -> dict[str, object]:
        """Take back the withdrawal of what the form names; returns the answer's document. Raises as `withdraw`."""
        async with audited(self._store, request, publisher, "reinstate") as deed:
            module = await self._read(request, publisher, deed)
            await deed.begin()
            await self._store.reinstate(module)
            await deed.end("reinstated")
        return {**_named(module), "withdrawn": False}

    async def _read(self, request: Request, publisher: Publisher, deed: Deed, *more: TextPart) -> ModuleVersion:
        def admit(module_path: str) -> None:
            deed.facts["module"] = module_path
            self._gatekeeper.admit(publisher, module_path)

        path, version = TextPart("module", then=admit), TextPart("version")
        await read_form(request, [path, version, *more], _MAX_BODY, self._patience_seconds)
        deed.facts["version"] = version.text
        return ModuleVersion(path.text, version.text)


def _named(module: ModuleVersion) -> dict[str, str]:
    return {"module": module.path, "version": module.version}
