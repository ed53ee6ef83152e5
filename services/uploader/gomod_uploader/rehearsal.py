"""The last step of a dry run: what a commit would do, without one."""

from anyio import to_thread

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.errors import AlreadyExists, Damaged, NotFound
from gomod_storage.os_errors import writing
from gomod_storage.store import ModuleStore, Release, StoreReader


async def rehearse(release: Release, store: ModuleStore) -> bool:
    """Return and raise what `commit` would; only that there is room for it stays unproven."""
    module = release.module
    await store.check(release)
    try:
        go_mod_h1 = hash_go_mod((await store.mod(module)).data)
    except (NotFound, Damaged):
        return True
    h1 = await _stored_h1(release, store)
    for what, stored, offered in (("zip", h1, release.h1), ("go.mod", go_mod_h1, release.go_mod_h1)):
        if stored != offered:
            raise AlreadyExists(
                f"{module} exists with another {what} ({stored}, not {offered})", stored_h1=stored, offered_h1=offered
            )
    return False


async def _stored_h1(release: Release, store: StoreReader) -> str:
    # A store reads a zip as a stream, and a zip is read from its end: it needs to be a file.
    copy = release.staging.path / "stored"
    blob = await store.zip(release.module)
    with writing("the dry run"), copy.open("xb") as file:
        async for chunk in blob.chunks(0, blob.size):
            await to_thread.run_sync(file.write, chunk)
    return await to_thread.run_sync(hash_zip, copy)
