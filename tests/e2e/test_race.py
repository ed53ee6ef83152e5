"""Many publishers of the same versions at once: one winner each, and readers never see anything between."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import get_args

from gomod.layout import Kind
from tests.e2e.registry import PRIVATE, Registry, fetch
from tests.e2e.upload import Upload, make_upload

PUBLISHERS = 8
VERSIONS = [f"v1.{minor}.0" for minor in range(50)]


def test_each_version_has_one_winner_and_is_never_seen_torn(registry: Registry) -> None:
    offers = {
        version: [make_upload("race", version, f"{version} of publisher {n}".encode()) for n in range(PUBLISHERS)]
        for version in VERSIONS
    }
    done = Event()

    def publish(publisher: int) -> Counter[int]:
        return Counter(offers[version][publisher].send(registry).status_code for version in VERSIONS)

    with ThreadPoolExecutor(PUBLISHERS + 2) as pool:
        readers = [pool.submit(read_until, done, registry, offers) for _ in range(2)]
        publishers = [pool.submit(publish, number) for number in range(PUBLISHERS)]
        answers = sum((publisher.result() for publisher in publishers), Counter[int]())
        done.set()
        seen = sum(reader.result() for reader in readers)
    assert answers == {201: len(VERSIONS), 409: (PUBLISHERS - 1) * len(VERSIONS)}
    assert seen > 0
    for version in VERSIONS:
        assert whole(registry, offers[version])
    listing = registry.get(f"/{PRIVATE}/race/@v/list").body.decode()
    assert listing == "".join(f"{version}\n" for version in VERSIONS)


def read_until(done: Event, registry: Registry, offers: dict[str, list[Upload]]) -> int:
    """Read what the list names, over and over; returns how many whole versions were seen."""
    seen = 0
    while not done.is_set():
        listing = fetch(registry.url, f"/{PRIVATE}/race/@v/list")
        assert listing.status in (200, 404)  # before the first version there is no such module
        for version in listing.body.decode().split() if listing.status == 200 else ():
            assert whole(registry, offers[version])
            seen += 1
    return seen


def whole(registry: Registry, offers: list[Upload]) -> bool:
    """Whether the three files served are those of one and the same publisher."""
    version = offers[0].version
    served = {
        f"/{PRIVATE}/race/@v/{version}.{kind}": registry.get(f"/{PRIVATE}/race/@v/{version}.{kind}").body
        for kind in get_args(Kind)
    }
    return served in [offer.files for offer in offers]
