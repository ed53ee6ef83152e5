"""Small files that a service keeps under names of its own, in a bucket: a line with a nonce, and the file's bytes.

By the nonce whoever exchanges a file knows after a lost answer whether it was done, though others write the same bytes.
"""

import os

from gomod.errors import NotFound
from gomod_storage import object_keys
from gomod_storage.object_bucket import Bucket


async def read(bucket: Bucket, name: str) -> bytes:
    """The file's bytes. Raises NotFound and Unavailable."""
    return _opened((await bucket.get(object_keys.kept(name), name)).data)


async def keep(bucket: Bucket, name: str, data: bytes) -> None:
    """Put the file there. Raises Unavailable."""
    await bucket.put(object_keys.kept(name), _sealed(data))


async def exchange(bucket: Bucket, name: str, old: bytes, new: bytes) -> bool:
    """Put `new` in the place of `old`; False when something else is there. Absent is empty. Raises Unavailable."""
    key, sealed = object_keys.kept(name), _sealed(new)
    try:
        found = await bucket.get(key, name)
    except NotFound:
        if old:
            return False
        done = await bucket.create(key, sealed)
    else:
        if _opened(found.data) != old:
            return False
        done = await bucket.replace(key, sealed, found.state)
    return done is not None or await _is_there(bucket, key, sealed)


async def _is_there(bucket: Bucket, key: str, sealed: bytes) -> bool:
    try:
        return (await bucket.get(key, key)).data == sealed
    except NotFound:
        return False


def _sealed(data: bytes) -> bytes:
    return os.urandom(16).hex().encode() + b"\n" + data


def _opened(sealed: bytes) -> bytes:
    return sealed.partition(b"\n")[2]
