"""An object server that fails, hangs, lies dead or loses its answers: nothing is lost, and trouble is never absence."""

import hashlib
import itertools
import time
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import anyio
import pytest

from gomod.errors import AlreadyExists, NotFound, Unavailable
from gomod_storage import Store, object_bucket, object_keys, object_sweep
from gomod_storage.caretaker import Caretaker, Orphan
from gomod_storage.open import open_caretaker, open_store
from tests.storage.conftest import place
from tests.storage.faulty_link import PAUSE, PIECES, FaultyLink, Request, Trouble
from tests.storage.modules import Packed, pack, publish, read_zip
from tests.storage.object_servers import ObjectServer
from tests.storage.rot import raw_objects

PATH = "git.example.com/Team/lib"
OURS = pack(PATH, "v1.0.0")
OTHER = pack(PATH, "v1.0.0", "package other\n")
BEFORE = pack(PATH, "v0.9.0")


@pytest.fixture
def link(moto: ObjectServer) -> Iterator[FaultyLink]:
    """The way to the server; whoever has come through it has no patience."""
    with FaultyLink(moto.environment) as link:
        yield link


@pytest.fixture
def url(request: pytest.FixtureRequest, link: FaultyLink, monkeypatch: pytest.MonkeyPatch) -> str:
    """The place of a store behind the link."""
    url = place(request, "moto")
    for variable, value in link.environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setitem(object_bucket.RETRIES, "max_retries", 1)
    monkeypatch.setitem(object_bucket.RETRIES, "backoff", {"init_backoff": timedelta(milliseconds=1)})
    return url


@pytest.fixture
async def store(url: str) -> Store:
    """A store behind the link that holds one version."""
    store = open_store(url)
    await store.start()
    await publish(store, BEFORE)
    return store


READS: list[Callable[[Store], Awaitable[object]]] = [
    lambda store: store.info(BEFORE.module),
    lambda store: store.mod(BEFORE.module),
    lambda store: read_zip(store, BEFORE.module),
    lambda store: store.info(OURS.module),
    lambda store: store.part(OURS.module, "mod"),
    lambda store: store.versions(PATH),
    lambda store: store.catalog(None, 10),
    lambda store: store.index(None, 10),
    lambda store: store.withdrawal(BEFORE.module),
    lambda store: store.kept("x"),
]


@pytest.mark.parametrize("trouble", ["500", "503", "reply lost", "refused"])
async def test_a_read_that_meets_trouble_is_unavailable_and_never_absent(
    store: Store, link: FaultyLink, trouble: Trouble
) -> None:
    link.trouble = lambda _: trouble
    for read in READS:
        with pytest.raises(Unavailable):
            await read(store)
    with pytest.raises(Unavailable):
        await store.ready()


async def test_a_server_that_hangs_is_not_waited_for(
    url: str, link: FaultyLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(object_bucket.CLIENT, "read_timeout", timedelta(milliseconds=300))
    impatient = open_store(url)
    link.trouble = lambda _: "hangs"
    with anyio.fail_after(20):
        for read in READS[:3]:
            with pytest.raises(Unavailable):
                await read(impatient)


async def test_a_server_that_is_slow_but_sends_on_is_waited_for(
    url: str, store: Store, link: FaultyLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(object_bucket.CLIENT, "read_timeout", timedelta(seconds=PIECES * PAUSE / 2))
    big = pack(PATH, "v1.1.0", "x" * 100_000, compression=zipfile.ZIP_STORED)
    await publish(store, big)
    impatient = open_store(url)
    link.trouble = lambda request: "slow" if "/blobs/" in request.target else None
    began = time.monotonic()
    assert await read_zip(impatient, big.module) == big.zip
    assert time.monotonic() - began > (PIECES - 1) * PAUSE


async def test_absence_is_said_only_when_the_store_is_seen_to_be_there(store: Store, link: FaultyLink) -> None:
    link.trouble = lambda request: "503" if "gomod-registry.json" in request.target else None
    with pytest.raises(Unavailable):
        await store.info(OURS.module)
    link.trouble = lambda _: None
    with pytest.raises(NotFound):
        await store.info(OURS.module)


async def test_a_download_that_breaks_off_goes_on_where_it_stopped(store: Store, link: FaultyLink) -> None:
    cut = itertools.chain([True], itertools.repeat(False))
    link.trouble = lambda request: "cut short" if "/blobs/" in request.target and next(cut) else None
    assert await read_zip(store, BEFORE.module) == BEFORE.zip


async def test_a_download_that_keeps_breaking_off_is_an_error_and_no_short_file(store: Store, link: FaultyLink) -> None:
    link.trouble = lambda request: "refused" if "/blobs/" in request.target else None
    with pytest.raises(Unavailable):
        await read_zip(store, BEFORE.module)


def once(number: int, trouble: Trouble) -> Callable[[Request], Trouble | None]:
    """Trouble for the request of this number alone, the first one being 0; a repetition of it succeeds."""
    numbers = itertools.count()
    return lambda _: trouble if next(numbers) == number else None


def from_then_on(number: int, trouble: Trouble) -> Callable[[Request], Trouble | None]:
    """Trouble for the request of this number, and for all that follow."""
    numbers = itertools.count()
    return lambda _: trouble if next(numbers) >= number else None


async def commits(store: Store, packed: Packed) -> bool | None:
    """Whether it published, None for trouble."""
    try:
        return await publish(store, packed)
    except Unavailable:
        return None


@pytest.mark.parametrize(
    ("when", "trouble", "comes_back"),
    [
        (once, "503", False),
        (once, "reply lost", False),
        (once, "reply lost", True),
        (from_then_on, "refused", False),
        (from_then_on, "reply lost", False),
        (from_then_on, "reply lost", True),
    ],
)
async def test_a_commit_that_meets_trouble_at_any_request_leaves_the_version_whole_or_absent(
    url: str,
    link: FaultyLink,
    when: Callable[[int, Trouble], Callable[[Request], Trouble | None]],
    trouble: Trouble,
    comes_back: bool,
) -> None:
    outcomes = set()
    for number in itertools.count():
        link.trouble = lambda _: None
        store = open_store(f"{url.replace('?', f'/{number}?')}")
        await store.start()
        await publish(store, BEFORE)
        if comes_back:
            await publish(store, OURS)
            await store.take_away(OURS.module, "rotten", "gone")
        link.seen.clear()
        link.trouble = when(number, trouble)
        published = await commits(store, OURS)
        if len(link.seen) <= number:
            break
        link.trouble = lambda _: None
        outcomes.add(published)
        await assert_whole_or_absent(store, published, comes_back=comes_back)
    assert number > 6
    assert outcomes == ({True} if when is once else {True, None})


async def test_what_a_writer_left_that_died_at_any_request_is_finished_by_the_next_start(
    url: str, link: FaultyLink
) -> None:
    seen = set()
    for number in itertools.count():
        link.trouble = lambda _: None
        place = url.replace("?", f"/{number}?")
        store = open_store(place)
        await store.start()
        link.seen.clear()
        link.trouble = from_then_on(number, "refused")
        await commits(store, OURS)
        if len(link.seen) <= number:
            break
        link.trouble = lambda _: None
        next_one = open_store(place)
        await next_one.start()
        listed = await next_one.versions(PATH)
        assert [entry.module.version for entry in await next_one.index(None, 10)] == listed
        seen.add(tuple(listed))
    assert seen == {(), ("v1.0.0",)}


@pytest.mark.parametrize("old", [b"", b"old"])
async def test_an_exchange_knows_that_it_was_done_when_its_answer_is_lost(
    store: Store, link: FaultyLink, old: bytes
) -> None:
    if old:
        await store.keep("name", old)
    lost = itertools.chain([True], itertools.repeat(False))
    link.trouble = lambda request: "reply lost" if request.method == "PUT" and next(lost) else None
    assert await store.exchange("name", old, b"new") is True
    assert await store.kept("name") == b"new"
    assert await store.exchange("name", old, b"new") is False


@pytest.mark.parametrize("when", [once, from_then_on])
async def test_taking_a_version_away_that_meets_trouble_at_any_request_leaves_it_whole_or_absent(
    url: str, link: FaultyLink, when: Callable[[int, Trouble], Callable[[Request], Trouble | None]]
) -> None:
    for number in itertools.count():
        link.trouble = lambda _: None
        store = open_store(f"{url.replace('?', f'/{number}?')}")
        await store.start()
        for packed in (BEFORE, OURS):
            await publish(store, packed)
        link.seen.clear()
        link.trouble = when(number, "reply lost")
        taken = None
        with suppress(Unavailable):
            taken = await store.take_away(OURS.module, "rotten", "gone")
        if len(link.seen) <= number:
            break
        link.trouble = lambda _: None
        try:
            assert (await store.info(OURS.module)).data == OURS.info
        except NotFound:
            assert taken is not False
        else:
            assert taken is None
            assert await store.take_away(OURS.module, "rotten", "gone")
        assert await store.versions(PATH) == ["v0.9.0"]
        assert await publish(store, OURS)
        assert await store.versions(PATH) == ["v0.9.0", "v1.0.0"]
    assert number > 3


@pytest.mark.parametrize(
    ("when", "trouble"), [(once, "reply lost"), (from_then_on, "refused"), (from_then_on, "reply lost")]
)
async def test_a_sweep_that_meets_trouble_at_any_request_takes_nothing_that_the_next_one_does_not_give_back(
    url: str,
    link: FaultyLink,
    monkeypatch: pytest.MonkeyPatch,
    when: Callable[[int, Trouble], Callable[[Request], Trouble | None]],
    trouble: Trouble,
) -> None:
    """There are a version, one whose zip a sweep that died took, and a zip that no version has."""
    monkeypatch.setattr(object_sweep, "GRACE_SECONDS", -30.0)
    for number in itertools.count():
        link.trouble = lambda _: None
        place = url.replace("?", f"/{number}?")
        store, caretaker, objects = open_store(place), open_caretaker(place), raw_objects(place)
        await store.start()
        for packed in (BEFORE, OURS):
            await publish(store, packed)
        blob = blob_of(OURS)
        objects.rename(blob, object_keys.swept(blob))
        objects.put(blob_of(OTHER), OTHER.zip)
        link.seen.clear()
        link.trouble = when(number, trouble)
        with suppress(Unavailable):
            await sweep(caretaker)
        if len(link.seen) <= number:
            break
        link.trouble = lambda _: None
        await sweep(caretaker)
        assert await read_zip(store, BEFORE.module) == BEFORE.zip
        assert await read_zip(store, OURS.module) == OURS.zip
        assert {each["path"] for page in objects.list("blobs") for each in page} == {blob_of(BEFORE), blob}
    assert number > 10


async def sweep(caretaker: Caretaker) -> list[Orphan]:
    return [orphan async for orphan in caretaker.sweep(delete=True)]


def blob_of(packed: Packed) -> str:
    return object_keys.zip_blob(hashlib.sha256(packed.zip).hexdigest())


async def assert_whole_or_absent(store: Store, published: bool | None, *, comes_back: bool) -> None:
    """Nothing half-visible now, and whoever comes next finds all in order."""
    visible = await is_readable(store)
    assert visible or published is None
    # One that comes back may be read a moment before it is listed again.
    listed = await store.versions(PATH) == ["v0.9.0", "v1.0.0"]
    assert listed is visible or (comes_back and not listed)
    if visible:
        assert (await store.info(OURS.module)).data == OURS.info
        assert await read_zip(store, OURS.module) == OURS.zip
        with pytest.raises(AlreadyExists):
            await publish(store, OTHER)
    assert await publish(store, OURS) is not visible
    assert await read_zip(store, OURS.module) == OURS.zip
    assert [entry.module for entry in await store.index(None, 10)] == [BEFORE.module, OURS.module]
    assert await store.versions(PATH) == ["v0.9.0", "v1.0.0"]


async def is_readable(store: Store) -> bool:
    try:
        await store.info(OURS.module)
    except NotFound:
        return False
    return True
