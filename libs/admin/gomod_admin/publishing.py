"""Taking in a version of ours is a way of publishing it, so the audit log knows of it before it is done."""

import json
import os
from datetime import UTC, datetime

from gomod.errors import AlreadyExists, Forbidden
from gomod_storage import ModuleStore, Release


async def publish(store: ModuleStore, release: Release) -> bool:
    """Commit the release; returns and raises as ModuleStore.commit."""
    await store.audit(_entry(release, "begun"))
    try:
        is_new = await store.commit(release)
    except (AlreadyExists, Forbidden) as error:
        await store.audit(_entry(release, "refused", problem=str(error)))
        raise
    await store.audit(_entry(release, "new" if is_new else "identical"))
    return is_new


def _entry(release: Release, verdict: str, **facts: str) -> bytes:
    """A line in the words of the uploader's."""
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "what": "import",
        "who": f"gomod-admin, uid {os.getuid()}",
        "module": release.module.path,
        "version": release.module.version,
        "h1": release.h1,
        "go_mod_h1": release.go_mod_h1,
        "verdict": verdict,
        **facts,
    }
    return json.dumps(entry).encode()
