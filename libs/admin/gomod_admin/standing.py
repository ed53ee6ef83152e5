"""What of a foreign version stands in the store already."""

from anyio import to_thread

from gomod.errors import Damaged, NotFound
from gomod_admin.foreign import Foreign
from gomod_storage import ModuleStore, PartKind

PART_KINDS: tuple[PartKind, ...] = ("info", "mod")


async def same_bytes(store: ModuleStore, foreign: Foreign) -> bool:
    """Whether all three files stand byte for byte: then nothing has to be checked, copied or hashed again."""
    try:
        stored = await store.zip(foreign.module)
        documents = [(await store.document(foreign.module, kind)).data for kind in PART_KINDS]
    except (NotFound, Damaged):
        return False
    if documents != [await to_thread.run_sync(foreign.read, kind) for kind in PART_KINDS]:
        return False
    with foreign.opened("zip") as file:
        async for chunk in stored.chunks(0, stored.size):
            if await to_thread.run_sync(file.read, len(chunk)) != chunk:
                return False
        return not await to_thread.run_sync(file.read, 1)
