"""Taking a version away from a bucket: its record is replaced by one of which only the hashes hold.

That is one step: a reader finds the whole version or none. The same module may come back, and no other. The zip stays
for those who read it, until it is swept away; see `object_sweep`.
"""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod_storage import object_keys
from gomod_storage.object_bucket import Bucket
from gomod_storage.object_commit import Commits, Found
from gomod_storage.object_record import Record
from gomod_storage.store import Fate


async def take_away(bucket: Bucket, commits: Commits, module: ModuleVersion, reason: str, fate: Fate) -> bool:
    """As Inventory.take_away."""
    found = await commits.find(module)
    if found.record.fate:
        raise NotFound(f"{module}: not in the store")
    tombstone = _tombstone(found.record, reason, fate)
    grave = object_keys.grave(tombstone.nonce)
    await bucket.put(*_audit_line(tombstone, "quarantine", grave))
    await bucket.copy(object_keys.zip_blob(found.record.zip_sha256), grave)
    return await _bury(bucket, commits, found, tombstone)


async def cull(bucket: Bucket, commits: Commits, module: ModuleVersion, judged: str, reason: str) -> bool:
    """Delete the version whose record has the nonce that was judged; False, with nothing done, when another one stands.

    Or when it is withdrawn. Raises Unavailable.
    """
    try:
        found = await commits.find(module)
    except NotFound:
        return False
    if found.record.nonce != judged or await bucket.has(object_keys.withdrawal(module)):
        return False
    tombstone = _tombstone(found.record, reason, "gone")
    await bucket.put(*_audit_line(tombstone, "cull", ""))
    return await _bury(bucket, commits, found, tombstone)


def _tombstone(record: Record, reason: str, fate: Fate) -> Record:
    # A nonce of its own: what is noted of the commit is not about this record.
    return replace(record, info="", mod="", fate=fate, reason=reason, nonce=os.urandom(16).hex())


async def _bury(bucket: Bucket, commits: Commits, found: Found, tombstone: Record) -> bool:
    module = tombstone.module
    await bucket.put(object_keys.gone(module) if tombstone.fate == "gone" else object_keys.lost(module), b"")
    if await bucket.replace(object_keys.record(module), tombstone.encode(), found.state) is not None:
        return True
    # Somebody else was faster, or it was done and its answer lost.
    return (await commits.find(module)).record.nonce == tombstone.nonce


def _audit_line(tombstone: Record, what: Literal["quarantine", "cull"], grave: str) -> tuple[str, bytes]:
    """Where it goes and what it says."""
    now = datetime.now(UTC)
    facts = {"module": tombstone.path, "version": tombstone.version, "fate": tombstone.fate}
    line = {"time": f"{now:%Y-%m-%dT%H:%M:%SZ}", "what": what, **facts, "reason": tombstone.reason}
    return object_keys.audit(now, tombstone.nonce), json.dumps({**line, "grave": grave}).encode() + b"\n"
