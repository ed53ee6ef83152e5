"""Copying what is in one store into another, while both are in use: run again, it goes on where it was interrupted."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from anyio.to_thread import run_sync

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.errors import (
    AlreadyExists,
    Forbidden,
    InvalidModule,
    Malformed,
    NotFound,
    StoreFull,
    Unavailable,
)
from gomod.module import ModuleVersion
from gomod_storage import os_errors
from gomod_storage.store import Blob, Hashes, Release, Staging, Store

_PAGE = 1000
_AT_ONCE = 4  # versions; a zip each lies in staging


class Outcome(StrEnum):
    """What became of a version."""

    COPIED = "copied"
    PRESENT = "present"  # the same module stood there already
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a version, and why it was refused."""

    module: ModuleVersion
    outcome: Outcome
    reason: str = ""


async def copy_versions(source: Store, target: Store) -> AsyncIterator[Copied]:
    """Copy every version, with its withdrawal, about in the order of arrival; says of each how it went.

    A copy is read back before it counts. What stands in `target` stays as it is. Raises StoreFull, and Unavailable when
    a store can't go on.
    """
    waiting: list[ModuleVersion] = []
    async for module in _arrived(source):
        waiting.append(module)
        if len(waiting) == _AT_ONCE:
            for copied in await _copy_some(source, target, waiting):
                yield copied
            waiting.clear()
    for copied in await _copy_some(source, target, waiting):
        yield copied


async def copy_parts(source: Store, target: Store) -> int:
    """Copy the single files of versions without their zips; how many `target` had not.

    Raises StoreFull and Unavailable.
    """
    copied = 0
    async for module, kind in source.parts():
        try:
            await target.part(module, kind)
        except NotFound:
            # Whole by now, too long a name for this store, or not what it had there once.
            with suppress(NotFound, Malformed, AlreadyExists):
                await target.keep_part(module, kind, (await source.part(module, kind)).data)
                copied += 1
    return copied


async def _arrived(source: Store) -> AsyncIterator[ModuleVersion]:
    seen: set[ModuleVersion] = set()
    since = None
    while entries := await source.index(since, _PAGE):
        since = entries[-1].time
        for entry in entries:
            seen.add(entry.module)
            yield entry.module
    # Those that are withdrawn, and what another program put there and nobody has read.
    after = None
    while page := await source.stored(after, _PAGE):
        after = page[-1]
        for module in page:
            if module not in seen:
                yield module


async def _copy_some(source: Store, target: Store, modules: list[ModuleVersion]) -> list[Copied]:
    return await asyncio.gather(*(_copy(source, target, module) for module in modules))


async def _copy(source: Store, target: Store, module: ModuleVersion) -> Copied:
    try:
        published = await _copy_version(source, target, module)
        await _copy_withdrawal(source, target, module)
    except StoreFull:
        raise
    except (AlreadyExists, Forbidden, InvalidModule, Malformed, NotFound) as error:
        return Copied(module, Outcome.REFUSED, str(error))
    except Unavailable as error:
        for store in (source, target):
            await store.ready()  # raises when it is the store, and not what stands there of this version
        return Copied(module, Outcome.REFUSED, str(error))
    return Copied(module, Outcome.COPIED if published else Outcome.PRESENT)


async def _copy_version(source: Store, target: Store, module: ModuleVersion) -> bool:
    """Whether it was not there before. Raises AlreadyExists when another module of this name is there."""
    recorded = await _recorded(source, module)
    if recorded is not None and await _recorded(target, module) == recorded:
        return False
    async with target.stage() as staging:
        release = await _fetch(source, module, staging)
        if recorded is not None and recorded != Hashes(release.h1, release.go_mod_h1):
            raise Unavailable(f"{module}: it is damaged where it comes from: {release.h1} is not {recorded.h1}")
        sha256 = await run_sync(_sha256_of_file, staging)
        published = await target.commit(release)
    if published and await _sha256(await target.zip(module)) != sha256:
        raise Unavailable(f"{module}: it reads back otherwise than it was written")
    return published


async def _recorded(store: Store, module: ModuleVersion) -> Hashes | None:
    try:
        return await store.recorded(module)
    except NotFound:
        return None


async def _fetch(source: Store, module: ModuleVersion, staging: Staging) -> Release:
    """The version in staging, with the hashes of what came."""
    info, mod, blob = await source.info(module), await source.mod(module), await source.zip(module)
    with os_errors.writing(str(module)):
        staging.info.write_bytes(info.data)
        staging.mod.write_bytes(mod.data)
        with staging.zip.open("wb") as file:
            async for chunk in blob.chunks(0, blob.size):
                await run_sync(file.write, chunk)
    return Release(module, staging, await run_sync(hash_zip, staging.zip), hash_go_mod(mod.data))


async def _copy_withdrawal(source: Store, target: Store, module: ModuleVersion) -> None:
    try:
        withdrawal = await source.withdrawal(module)
    except NotFound:
        return
    try:
        await target.withdrawal(module)
    except NotFound:
        await target.withdraw(module, withdrawal)


def _sha256_of_file(staging: Staging) -> str:
    with os_errors.writing("staging"), staging.zip.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _sha256(blob: Blob) -> str:
    digest = hashlib.sha256()
    async for chunk in blob.chunks(0, blob.size):
        digest.update(chunk)
    return digest.hexdigest()
