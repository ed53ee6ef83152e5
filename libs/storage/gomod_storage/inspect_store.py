"""Every version in a store of any kind held to its hashes on record, by reading it as its clients do."""

from collections.abc import AsyncIterator
from contextlib import suppress

from anyio.to_thread import run_sync

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.errors import Damaged, InvalidModule, NotFound, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import os_errors
from gomod_storage.examine import Finding
from gomod_storage.scrub import IsOwn
from gomod_storage.store import Hashes, Staging, Store

_PAGE = 1000


async def inspect(store: Store) -> AsyncIterator[tuple[ModuleVersion, Finding | None]]:
    """Every version, with what is the matter. Raises Unavailable when the store can't go on."""
    after = None
    while page := await store.stored(after, _PAGE):
        after = page[-1]
        for module in page:
            with suppress(NotFound):  # taken away: of it only the hashes are there
                yield module, await _inspect(store, module)


async def mend(store: Store, finding: Finding, is_own: IsOwn) -> str:
    """Do what can be done about a finding, and say what; empty when that is nothing. Raises Unavailable."""
    if finding.problem != "damaged":
        return ""
    module = finding.module
    try:
        now = await _inspect(store, module)
        if now is None or now.problem != "damaged":
            return "found in order when it was read again"
        own = is_own(module.path)
        taken = await store.take_away(module, now.detail, "lost" if own else "gone")
    except NotFound:
        taken = False
    if not taken:
        return "taken away or replaced by somebody else meanwhile"
    if own:
        return "out of service until the same content is published again"
    return "out of service; the next request fetches it again"


async def _inspect(store: Store, module: ModuleVersion) -> Finding | None:
    """What is the matter, if anything is. Raises NotFound for what does not stand."""
    try:
        recorded = await store.recorded(module)
    except Unavailable as error:
        return await _unreadable(store, module, error)
    try:
        async with store.stage() as staging:
            now = await _hashes(store, module, staging)
    except NotFound as error:
        return Finding(module, "damaged", f"a file of it is not there: {error}")
    except (InvalidModule, Damaged) as error:
        return Finding(module, "damaged", str(error))
    except Unavailable as error:
        return await _unreadable(store, module, error)
    for what, then, found in (("zip", recorded.h1, now.h1), ("go.mod", recorded.go_mod_h1, now.go_mod_h1)):
        if then != found:
            return Finding(module, "damaged", f"its {what} hashes to {found}, and {then} is on record")
    return None


async def _unreadable(store: Store, module: ModuleVersion, error: Unavailable) -> Finding:
    await store.ready()  # raises when it is the store, and not what stands there of this version
    return Finding(module, "unreadable", str(error))


async def _hashes(store: Store, module: ModuleVersion, staging: Staging) -> Hashes:
    go_mod, blob = await store.mod(module), await store.zip(module)
    with os_errors.writing(str(module)), staging.zip.open("wb") as file:
        async for chunk in blob.chunks(0, blob.size):
            await run_sync(file.write, chunk)
    return Hashes(await run_sync(hash_zip, staging.zip), hash_go_mod(go_mod.data))
