"""Which versions a bucket holds: of a module, and of all modules from where a reader stopped."""

import asyncio
from collections.abc import AsyncIterator

from gomod import semver
from gomod.errors import Unavailable
from gomod.module import ModuleVersion
from gomod_storage import object_keys
from gomod_storage.object_bucket import Bucket


async def versions(bucket: Bucket, path: str) -> list[str]:
    """As ModuleStore.versions."""
    listed, left_out = await asyncio.gather(
        _versions(bucket, object_keys.records(path)), _versions(bucket, object_keys.withdrawals(path))
    )
    return semver.sort(set(listed) - set(left_out))


async def page(
    bucket: Bucket, after: ModuleVersion | None, limit: int, left_out: frozenset[ModuleVersion]
) -> list[ModuleVersion]:
    """At most `limit` of what follows `after`, but for what is left out. The modules come in the store's own order."""
    found: list[ModuleVersion] = []
    async for path, listed in _modules(bucket, after):
        ordered = semver.sort(listed)
        if after is not None and path == after.path:
            with_it = semver.sort({*listed, after.version})
            ordered = with_it[with_it.index(after.version) + 1 :]
        found += [module for version in ordered if (module := ModuleVersion(path, version)) not in left_out]
        if len(found) >= limit:
            break
    return found[:limit]


async def hidden(bucket: Bucket) -> frozenset[ModuleVersion]:
    """All versions that are in no list: those that are withdrawn, and those that are gone."""
    return frozenset([object_keys.module_of(key) async for key in bucket.keys(object_keys.WITHDRAWN)])


async def gone(bucket: Bucket) -> frozenset[ModuleVersion]:
    """Those that were taken away and are not listed."""
    marks = bucket.keys(object_keys.WITHDRAWN)
    return frozenset([object_keys.module_of(key) async for key in marks if key.endswith(object_keys.GONE)])


async def _modules(bucket: Bucket, after: ModuleVersion | None) -> AsyncIterator[tuple[str, list[str]]]:
    """Each module with its versions: that of `after`, then those behind it."""
    # A listing that starts within a module's folder is not the same thing to all servers, hence the two steps.
    if after is not None:
        yield after.path, await _versions(bucket, object_keys.records(after.path))
    path, listed = "", list[str]()
    async for key in bucket.keys(object_keys.MODULES, object_keys.past(after.path) if after is not None else None):
        module = object_keys.module_of(key)
        if after is not None and module.path == after.path:
            raise Unavailable("the object store does not begin a listing where it is asked to")  # pages would repeat
        if module.path != path and listed:
            yield path, listed
            listed = []
        path = module.path
        listed.append(module.version)
    if listed:
        yield path, listed


async def _versions(bucket: Bucket, prefix: str) -> list[str]:
    return [object_keys.module_of(key).version async for key in bucket.keys(prefix)]
