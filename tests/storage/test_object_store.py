"""What only a store in a bucket has to show: the bucket itself, many keys, big zips, and what writers leave."""

import hashlib
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import obstore
import pytest
from obstore.store import S3Store
from structlog.testing import capture_logs

from gomod.errors import Damaged, NotFound, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import Store, object_bucket, object_index, object_keys
from gomod_storage.caretaker import Caretaker
from gomod_storage.examine import Finding
from gomod_storage.open import open_caretaker, open_store
from gomod_storage.pace import at_once
from tests.storage.conftest import place
from tests.storage.faulty_link import FaultyLink, Request
from tests.storage.modules import pack, publish, read_zip
from tests.storage.object_servers import Seaweed

PATH = "git.example.com/Team/lib"
LIB = pack(PATH, "v1.0.0")


@pytest.fixture
async def bucket(bucket_url: str) -> Store:
    """A store in a bucket of each server, started."""
    store = open_store(bucket_url)
    await store.start()
    return store


async def test_a_missing_bucket_is_not_an_empty_store(bucket_url: str) -> None:
    store = open_store(bucket_url.replace("s3://modules/", "s3://no-such-bucket/"))
    reads = (store.info(LIB.module), store.versions(PATH), store.catalog(None, 1), store.index(None, 1))
    for trouble in (store.start(), *reads):
        # SeaweedFS keeps from those who may not make buckets which ones there are.
        with pytest.raises(Unavailable, match=r"s3://no-such-bucket (is not there|refuses our credentials)"):
            await trouble


async def test_a_prefix_that_no_store_began_in_is_not_an_empty_store(bucket_url: str) -> None:
    with pytest.raises(Unavailable):
        await open_store(bucket_url).info(LIB.module)


async def test_a_store_that_somebody_else_started_can_be_used_with_a_folder_of_ones_own(
    bucket_url: str, bucket: Store, tmp_path: Path
) -> None:
    await publish(bucket, LIB)
    visitor = open_store(f"{bucket_url.partition('?')[0]}?staging={tmp_path}/new/folder")
    await visitor.ready()
    assert await read_zip(visitor, LIB.module) == LIB.zip
    assert await publish(visitor, LIB) is False


@pytest.mark.parametrize("variable", ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"])
async def test_wrong_credentials_are_trouble_and_no_absence(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str
) -> None:
    url = place(request, "seaweed")
    good = open_store(url)
    await good.start()
    monkeypatch.setenv(variable, "something-wrong")
    store = open_store(url)
    for trouble in (store.start(), store.info(LIB.module), store.versions(PATH), store.ready(), publish(store, LIB)):
        with pytest.raises(Unavailable, match="refuses our credentials") as refusal:
            await trouble
        assert "something-wrong" not in str(refusal.value)
    assert await good.versions(PATH) == []
    logged = capsys.readouterr()
    assert "403 Forbidden" in logged.out
    assert "something-wrong" not in logged.out + logged.err


async def test_more_versions_than_a_server_lists_at_once(request: pytest.FixtureRequest) -> None:
    bucket_url = place(request, "seaweed")
    store = open_store(bucket_url)
    await store.start()
    await publish(store, LIB)
    versions = [f"v1.{minor}.0" for minor in range(1010)]
    client = raw_client(bucket_url)
    record = bytes(await (await client.get_async(object_keys.record(LIB.module))).bytes_async())

    async def copy_some(start: int) -> None:
        for version in versions[start::10]:
            await client.put_async(object_keys.record(ModuleVersion(PATH, version)), record)

    async with anyio.create_task_group() as group:
        for start in range(10):
            group.start_soon(copy_some, start)
    assert await store.versions(PATH) == versions
    listed: list[ModuleVersion] = []
    while page := await store.catalog(listed[-1] if listed else None, 400):
        listed += page
    assert [module.version for module in listed] == versions


async def test_the_index_goes_on_over_segments(bucket: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_index, "SEGMENT_LINES", 3)
    modules = [ModuleVersion(PATH, f"v1.{minor}.0") for minor in range(10)]
    for module in modules:
        await publish(bucket, pack(PATH, module.version))
    entries = await bucket.index(None, 100)
    assert [entry.module for entry in entries] == modules
    for number, entry in enumerate(entries):
        assert await bucket.index(entry.time, 2) == entries[number + 1 : number + 3]
        assert await bucket.index(entry.time - timedelta(microseconds=1), 1) == [entry]


async def test_lines_that_many_add_at_once_are_all_there_and_each_is_later(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_index, "SEGMENT_LINES", 4)
    url = place(request, "moto")
    replicas = [open_store(url) for _ in range(4)]
    await replicas[0].start()
    published = [pack(PATH, f"v1.{minor}.0") for minor in range(24)]

    async def work(replica: int) -> None:
        for packed in published[replica::4]:
            await publish(replicas[replica], packed)

    async with anyio.create_task_group() as group:
        for replica in range(4):
            group.start_soon(work, replica)
    entries = await replicas[0].index(None, 100)
    assert sorted(entry.module for entry in entries) == sorted(packed.module for packed in published)
    times = [entry.time for entry in entries]
    assert times == sorted(set(times))


async def test_a_server_that_ignores_conditions_is_refused(bucket_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real_put = obstore.put_async

    async def put_whatever_is_there(client: S3Store, key: str, data: bytes, *, mode: str) -> object:
        assert mode == "create"
        return await real_put(client, key, data)

    monkeypatch.setattr(obstore, "put_async", put_whatever_is_there)
    with pytest.raises(Unavailable, match="If-None-Match is ignored"):
        await open_store(bucket_url).start()


async def test_only_so_many_zips_are_on_their_way_at_once(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(place(request, "moto"))
    await store.start()
    under_way = most = 0
    full = anyio.Event()
    real_put = obstore.put_async

    async def counted_put(client: S3Store, key: str, data: bytes, **more: object) -> object:
        nonlocal under_way, most
        is_zip = key.startswith(object_keys.BLOBS)
        under_way += is_zip
        most = max(most, under_way)
        if most == object_bucket.UPLOADS_AT_ONCE:
            full.set()
        try:
            if is_zip:
                with anyio.fail_after(60):
                    await full.wait()  # each is held until there are as many as may be: more would come in meanwhile
            return await real_put(client, key, data, **more)  # type: ignore[arg-type]  # passed on as they came
        finally:
            under_way -= is_zip

    monkeypatch.setattr(obstore, "put_async", counted_put)
    async with anyio.create_task_group() as group:
        for minor in range(2 * object_bucket.UPLOADS_AT_ONCE):
            group.start_soon(publish, store, pack(PATH, f"v1.{minor}.0"))
    assert most == object_bucket.UPLOADS_AT_ONCE


async def test_a_server_killed_in_the_middle_of_an_upload_has_all_of_the_version_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = pack(PATH, "v1.1.0", "x" * 3 * object_bucket.PART_BYTES, compression=zipfile.ZIP_STORED)
    with Seaweed(tmp_path) as server, FaultyLink(server.environment) as link:
        for variable, value in link.environment.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setitem(object_bucket.RETRIES, "max_retries", 0)
        store = open_store(f"{server.url}?staging={tmp_path / 'staging'}")
        await store.start()
        await publish(store, LIB)

        def kill_at_the_third_part(request: Request) -> None:
            if "partNumber=3" in request.target:
                server.kill()

        link.trouble = kill_at_the_third_part
        with pytest.raises(Unavailable):
            await publish(store, big)
        with pytest.raises(Unavailable):
            await store.info(LIB.module)
        link.trouble = lambda _: None
        server.start()
        await until_ready(store)
        assert await store.versions(PATH) == ["v1.0.0"]
        with pytest.raises(NotFound):
            await store.info(big.module)
        assert await read_zip(store, LIB.module) == LIB.zip
        assert await publish(store, big)
        assert await read_zip(store, big.module) == big.zip


async def until_ready(store: Store) -> None:
    """Return once the store can be used."""
    with anyio.fail_after(30):
        while True:
            try:
                return await store.ready()
            except Unavailable:
                await anyio.sleep(0.05)


@pytest.mark.parametrize("harm", [LIB.zip[:-30] + bytes(30), LIB.zip[:-30], None], ids=["other", "cut", "missing"])
async def test_a_damaged_zip_is_found_and_taken_out_of_service(
    bucket_url: str, bucket: Store, harm: bytes | None
) -> None:
    await publish(bucket, LIB)
    await publish(bucket, pack("github.com/sound/x", "v1.0.0"))
    client = raw_client(bucket_url)
    blob = object_keys.zip_blob(hashlib.sha256(LIB.zip).hexdigest())
    if harm is None:
        await client.delete_async(blob)
    else:
        await client.put_async(blob, harm)
    caretaker = open_caretaker(bucket_url)
    (finding,) = await find(caretaker)
    assert (finding.module, finding.problem) == (LIB.module, "damaged")
    done = await caretaker.mend((LIB.module, finding), lambda _: True)
    assert done == "out of service until the same content is published again"
    with pytest.raises(Damaged):
        await bucket.zip(LIB.module)
    assert await find(caretaker) == []
    assert await publish(bucket, LIB)
    assert await read_zip(bucket, LIB.module) == LIB.zip


async def test_a_record_that_is_damaged_is_told_and_the_rest_is_checked(bucket_url: str, bucket: Store) -> None:
    for packed in (LIB, pack(PATH, "v1.1.0")):
        await publish(bucket, packed)
    await raw_client(bucket_url).put_async(object_keys.record(LIB.module), b'{"path": ')
    with pytest.raises(Unavailable, match="damaged"):
        await bucket.info(LIB.module)
    seen = open_caretaker(bucket_url).scrub(at_once)
    found = {module.version: finding and finding.problem async for module, finding in seen}
    assert found == {"v1.0.0": "unreadable", "v1.1.0": None}


@pytest.mark.parametrize("rotten", ["record", "note"])
async def test_a_start_goes_on_where_what_an_unfinished_commit_left_is_damaged(
    bucket_url: str, bucket: Store, rotten: str
) -> None:
    other = pack(PATH, "v1.1.0")
    client = raw_client(bucket_url)
    for packed in (LIB, other):
        await publish(bucket, packed)
        record = json.loads(bytes((await client.get_async(object_keys.record(packed.module))).bytes()))
        note = {"path": PATH, "version": packed.module.version, "index": 0}
        await client.put_async(object_keys.note(record["nonce"]), json.dumps(note).encode())
        if packed is LIB:
            damaged = object_keys.record(LIB.module) if rotten == "record" else object_keys.note(record["nonce"])
    await client.put_async(damaged, b'{"path": ')
    with capture_logs() as logs:
        await bucket.start()
    assert sorted(entry["event"] for entry in logs) == ["commit_finished", "repair_postponed"]


@pytest.mark.parametrize("stands", [True, False])
async def test_what_is_listed_and_what_its_record_says_are_brought_together(
    bucket_url: str, bucket: Store, stands: bool
) -> None:
    """As a remover leaves it that died between its mark and the record, or whoever brought the version back."""
    await publish(bucket, LIB)
    mark = object_keys.gone(LIB.module)
    if stands:
        await raw_client(bucket_url).put_async(mark, b"")
    else:
        await bucket.take_away(LIB.module, "rotten", "gone")
        await raw_client(bucket_url).delete_async(mark)
    caretaker = open_caretaker(bucket_url)
    (finding,) = await find(caretaker)
    assert finding.problem == "marked"
    done = await caretaker.mend((LIB.module, finding), lambda _: True)
    assert done == ("listed again" if stands else "listed no more")
    assert await bucket.versions(PATH) == (["v1.0.0"] if stands else [])
    assert await find(caretaker) == []


async def test_a_record_that_somebody_deleted_is_missed(bucket_url: str, bucket: Store) -> None:
    gone = pack(PATH, "v1.1.0")
    for packed in (LIB, gone, pack(PATH, "v1.2.0")):
        await publish(bucket, packed)
    await bucket.take_away(gone.module, "rotten", "gone")
    await raw_client(bucket_url).delete_async(object_keys.record(LIB.module))
    caretaker = open_caretaker(bucket_url)
    (finding,) = await find(caretaker)
    assert (finding.module, finding.problem) == (LIB.module, "missing")
    assert await caretaker.mend((LIB.module, finding), lambda _: True) == ""
    assert await publish(bucket, LIB) is True
    assert await find(caretaker) == []


async def find(caretaker: Caretaker) -> list[Finding]:
    """All with which something is the matter."""
    return [finding async for _, finding in caretaker.scrub(at_once) if finding is not None]


def raw_client(bucket_url: str) -> S3Store:
    """The same objects, without anything of ours in between."""
    parsed = urlsplit(bucket_url)
    return S3Store(parsed.netloc, prefix=parsed.path.strip("/"), client_options={"allow_http": True})
