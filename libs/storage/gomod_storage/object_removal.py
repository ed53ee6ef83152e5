"""Taking a version away from a bucket: its record is replaced by one of which only the hashes hold.

That is one step: a reader finds the whole version or none. The same module may come back, and no other.
"""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime

from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod_storage import object_keys
from gomod_storage.object_bucket import Bucket
from gomod_storage.object_commit import Commits
from gomod_storage.object_record import Record
from gomod_storage.store import Fate


async def take_away(bucket: Bucket, commits: Commits, module: ModuleVersion, reason: str, fate: Fate) -> bool:
    """As Inventory.take_away."""
    found = await commits.find(module)
    if found.record.fate:
        raise NotFound(f"{module}: not in the store")
    # A nonce of its own: what is noted of the commit is not about this record.
    tombstone = replace(found.record, info="", mod="", fate=fate, reason=reason, nonce=os.urandom(16).hex())
    grave = object_keys.grave(tombstone.nonce)
    await bucket.put(*_audit_line(tombstone, grave))
    await bucket.copy(object_keys.zip_blob(found.record.zip_sha256), grave)
    if fate == "gone":
        await bucket.put(object_keys.gone(module), b"")
    if await bucket.replace(object_keys.record(module), tombstone.encode(), found.state) is not None:
        return True
    # Somebody else was faster, or it was done and its answer lost.
    return (await commits.find(module)).record.nonce == tombstone.nonce


def _audit_line(tombstone: Record, grave: str) -> tuple[str, bytes]:
    """Where it goes and what it says."""
    now = datetime.now(UTC)
    facts = {"module": tombstone.path, "version": tombstone.version, "fate": tombstone.fate}
    line = {"time": f"{now:%Y-%m-%dT%H:%M:%SZ}", "what": "quarantine", **facts, "reason": tombstone.reason}
    return object_keys.audit(now, tombstone.nonce), json.dumps({**line, "grave": grave}).encode() + b"\n"
