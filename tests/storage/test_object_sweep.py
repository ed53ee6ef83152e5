"""Zips that no version has go after a day, in two steps, and never one that a version has or gets meanwhile."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import obstore
import pytest
from obstore.store import S3Store

from gomod.errors import Damaged, Unavailable
from gomod_storage import Store, object_keys, object_sweep
from gomod_storage.caretaker import Caretaker, Orphan
from gomod_storage.open import open_caretaker, open_store
from gomod_storage.retention import Verdict
from tests.storage.modules import Packed, pack, publish, read_zip
from tests.storage.rot import raw_objects

LIB = pack("git.example.com/Team/lib", "v1.0.0")
NEXT = pack("git.example.com/Team/lib", "v1.1.0")
TODAY = datetime.now(UTC).date()


def blob(packed: Packed) -> str:
    return object_keys.zip_blob(hashlib.sha256(packed.zip).hexdigest())


@pytest.fixture
async def bucket(bucket_url: str) -> Store:
    """A store in a bucket of each server, with one version."""
    store = open_store(bucket_url)
    await store.start()
    await publish(store, LIB)
    return store


@pytest.fixture
def caretaker(bucket_url: str) -> Caretaker:
    return open_caretaker(bucket_url)


@pytest.fixture
def objects(bucket_url: str) -> S3Store:
    client = raw_objects(bucket_url)
    assert isinstance(client, S3Store)
    return client


@pytest.fixture
def a_day_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_sweep, "GRACE_SECONDS", -30.0)


def there(objects: S3Store, prefix: str) -> list[str]:
    return sorted(each["path"] for page in objects.list(prefix) for each in page)


async def sweep(caretaker: Caretaker, *, delete: bool = True) -> list[Orphan]:
    return [orphan async for orphan in caretaker.sweep(delete=delete)]


async def cull(caretaker: Caretaker, packed: Packed) -> None:
    stored = [each async for each in caretaker.stock(lambda _: True, TODAY)]
    (of_it,) = [each for each in stored if each.module == packed.module]
    assert await caretaker.cull(Verdict(of_it, cull=True, reason="unused")) == ""


@pytest.mark.usefixtures("bucket", "a_day_later")
async def test_what_an_upload_left_that_died_before_its_record_goes(caretaker: Caretaker, objects: S3Store) -> None:
    objects.put(blob(NEXT), NEXT.zip)
    orphan = Orphan(blob(NEXT), len(NEXT.zip))
    assert await sweep(caretaker, delete=False) == [orphan]
    assert there(objects, "blobs") == sorted([blob(LIB), blob(NEXT)])
    assert await sweep(caretaker) == [orphan]
    assert there(objects, "blobs") == [blob(LIB)]
    assert there(objects, "swept") == [object_keys.swept(blob(NEXT))]
    assert await sweep(caretaker) == []
    assert there(objects, "swept") == []


@pytest.mark.usefixtures("bucket")
async def test_what_is_younger_than_a_day_stays(caretaker: Caretaker, objects: S3Store) -> None:
    objects.put(blob(NEXT), NEXT.zip)
    await cull(caretaker, LIB)
    assert await sweep(caretaker) == []
    assert there(objects, "blobs") == sorted([blob(LIB), blob(NEXT)])


@pytest.mark.usefixtures("a_day_later")
async def test_the_zip_of_a_culled_version_goes_and_comes_back_with_it(
    bucket: Store, caretaker: Caretaker, objects: S3Store
) -> None:
    await publish(bucket, NEXT)
    await cull(caretaker, LIB)
    assert await sweep(caretaker) == [Orphan(blob(LIB), len(LIB.zip))]
    assert await read_zip(bucket, NEXT.module) == NEXT.zip
    assert await publish(bucket, LIB) is True
    assert await read_zip(bucket, LIB.module) == LIB.zip
    assert await sweep(caretaker) == []
    assert there(objects, "blobs") == sorted([blob(LIB), blob(NEXT)])
    assert there(objects, "swept") == []


@pytest.mark.usefixtures("a_day_later")
async def test_of_two_versions_with_one_zip_both_need_it(bucket: Store, caretaker: Caretaker, objects: S3Store) -> None:
    same = Packed(NEXT.module, NEXT.info, NEXT.mod, LIB.zip)
    await publish(bucket, same)
    await cull(caretaker, LIB)
    assert await sweep(caretaker) == []
    assert there(objects, "blobs") == [blob(LIB)]


def at_the_copy(monkeypatch: pytest.MonkeyPatch, *, before: bool, do: Callable[[], Awaitable[object]]) -> None:
    """Have something happen just before or after a zip is copied out of the way, once."""
    real_copy = obstore.copy_async
    pending = [do]

    async def copy(client: S3Store, source: str, target: str) -> None:
        if before and pending:
            await pending.pop()()
        await real_copy(client, source, target)
        if not before and pending:
            await pending.pop()()

    monkeypatch.setattr(obstore, "copy_async", copy)


@pytest.mark.usefixtures("a_day_later")
@pytest.mark.parametrize("before", [True, False])
async def test_a_version_that_is_committed_while_its_zip_is_swept_away_has_it(
    bucket: Store, caretaker: Caretaker, objects: S3Store, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    objects.put(blob(NEXT), NEXT.zip)
    at_the_copy(monkeypatch, before=before, do=lambda: publish(bucket, NEXT))
    await sweep(caretaker)
    assert await read_zip(bucket, NEXT.module) == NEXT.zip
    assert there(objects, "swept") == []


@pytest.mark.usefixtures("a_day_later")
async def test_a_zip_that_is_swept_away_just_before_its_record_is_put_there_again(
    bucket: Store, caretaker: Caretaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_put = obstore.put_async

    async def put(client: S3Store, key: str, data: object, **more: object) -> object:
        if key.startswith(object_keys.NOTES):  # after the zip, before the record
            assert [orphan.name for orphan in await sweep(caretaker)] == [blob(NEXT)]
        return await real_put(client, key, data, **more)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(obstore, "put_async", put)
    assert await publish(bucket, NEXT) is True
    monkeypatch.undo()
    assert await read_zip(bucket, NEXT.module) == NEXT.zip


@pytest.mark.usefixtures("a_day_later")
async def test_what_a_sweep_that_died_took_from_a_version_the_next_one_gives_back(
    bucket: Store, caretaker: Caretaker, objects: S3Store
) -> None:
    objects.copy(blob(LIB), object_keys.swept(blob(LIB)))
    objects.delete(blob(LIB))
    with pytest.raises(Damaged):
        await read_zip(bucket, LIB.module)
    await sweep(caretaker)
    assert await read_zip(bucket, LIB.module) == LIB.zip
    assert there(objects, "swept") == []


@pytest.mark.usefixtures("bucket", "a_day_later")
async def test_with_a_record_that_can_not_be_read_nothing_is_swept_or_judged(
    caretaker: Caretaker, objects: S3Store
) -> None:
    objects.put(blob(NEXT), NEXT.zip)
    objects.put(object_keys.record(LIB.module), b'{"path": ')
    with pytest.raises(Unavailable):
        await sweep(caretaker)
    with pytest.raises(Unavailable):
        await cull(caretaker, LIB)
    assert there(objects, "blobs") == sorted([blob(LIB), blob(NEXT)])


async def test_a_bucket_that_is_not_there_is_no_empty_one(bucket_url: str) -> None:
    nowhere = open_caretaker(bucket_url.replace("s3://modules/", "s3://no-such-bucket/"))
    with pytest.raises(Unavailable):
        await sweep(nowhere)
    with pytest.raises(Unavailable):
        [each async for each in nowhere.stock(lambda _: True, TODAY)]
    with pytest.raises(Unavailable):
        [each async for each in nowhere.scrub(lambda _: None)]
    for question in (nowhere.usage(), nowhere.lost(), nowhere.kept("x")):
        with pytest.raises(Unavailable):
            await question
