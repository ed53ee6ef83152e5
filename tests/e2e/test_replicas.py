"""Any number of replicas with no disk in common: two are killed under load, and nothing is lost, wrong or denied."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPException
from pathlib import Path

import httpx
import pytest

from tests.e2e.registry import PRIVATE, Answer, fetch
from tests.e2e.replicas import COUNT, Replicas, running_replicas
from tests.e2e.upload import Upload, make_upload
from tests.goproxy_server import GoProxyServer, make_zip
from tests.storage.object_servers import Seaweed
from tests.waiting import wait_for

PUBLISHERS = 3
UPLOADS = [make_upload("replicated", f"v1.{minor}.0", f"version {minor}".encode()) for minor in range(45)]

BIG = "github.com/big/module"
GO_MOD = f"module {BIG}\n".encode()


@pytest.fixture
def public() -> Iterator[GoProxyServer]:
    with GoProxyServer() as server:
        server.add(BIG, "v1.0.0", mod=GO_MOD, zip_body=make_zip(BIG, "v1.0.0", {"go.mod": GO_MOD}))
        yield server


@pytest.fixture
def replicas(tmp_path: Path, public: GoProxyServer) -> Iterator[Replicas]:
    folder = tmp_path / "seaweed"
    folder.mkdir()
    with Seaweed(folder) as server, running_replicas(tmp_path / "state", public.url, server) as replicas:
        yield replicas


def test_two_of_six_are_killed_under_load_and_nothing_is_lost(replicas: Replicas, public: GoProxyServer) -> None:
    come_from_upstream_once(replicas, public)
    published: list[Upload] = []
    done = threading.Event()
    with ThreadPoolExecutor(PUBLISHERS + 3) as pool:
        readers = [pool.submit(read_until, done, replicas, published) for _ in range(2)]
        killer = pool.submit(kill_two, replicas, published)
        publishers = [pool.submit(publish_all, replicas, UPLOADS[n::PUBLISHERS], published) for n in range(PUBLISHERS)]
        try:
            for publisher in publishers:
                publisher.result()
            killed = killer.result()
        finally:
            done.set()
        seen = sum((reader.result() for reader in readers), Counter[int]())
    assert len(killed) == 2
    assert len(replicas.of("proxy")) + len(replicas.of("uploader")) == 2 * COUNT - 2
    assert seen[200] > 50
    assert 404 not in seen
    for proxy in replicas.of("proxy"):
        for upload in UPLOADS:
            for path, body in upload.files.items():
                assert fetch(proxy.url, path).body == body
        assert fetch(proxy.url, f"/{PRIVATE}/replicated/@v/list").body.split() == [
            upload.version.encode() for upload in UPLOADS
        ]
        index = fetch(proxy.url, "/index").body.decode()
        assert index.count(f"{PRIVATE}/replicated") == len(UPLOADS)


def come_from_upstream_once(replicas: Replicas, public: GoProxyServer) -> None:
    """All three proxies are asked for the same cold zip at once, and one of them fetches it."""
    path = f"/{BIG}/@v/v1.0.0.zip"
    proxies = replicas.of("proxy")
    with ThreadPoolExecutor(len(proxies)) as pool:
        answers = [asked.result() for asked in [pool.submit(fetch, proxy.url, path) for proxy in proxies]]
    assert {answer.body for answer in answers} == {public.body(path)}
    assert public.asked().count(path) == 1


def publish_all(replicas: Replicas, uploads: list[Upload], published: list[Upload]) -> None:
    """As pipelines do it: what fails is sent again, until it is there."""
    for upload in uploads:
        wait_for(partial(is_published, replicas, upload), f"{upload.version} to be published")
        published.append(upload)


def is_published(replicas: Replicas, upload: Upload) -> bool:
    try:
        answer = httpx.post(
            f"{replicas.url}/upload",
            headers={"Authorization": f"Bearer {replicas.token}"},
            data={"module": upload.path, "version": upload.version},
            files={"info": upload.info, "mod": upload.mod, "zip": upload.zip},
            timeout=60,
            trust_env=False,
        )
    except httpx.TransportError:
        return False  # its uploader was killed
    assert answer.status_code in (200, 201, 502, 503, 504), answer.text
    return answer.is_success


def kill_two(replicas: Replicas, published: list[Upload]) -> list[str]:
    """SIGKILL for two, each at a moment of its own; who they were."""

    def are_published(count: int) -> bool:
        return len(published) >= count

    victims = random.SystemRandom().sample(replicas.all, 2)
    for victim, count in zip(victims, (10, 25), strict=True):
        wait_for(partial(are_published, count), f"{count} versions to be published", seconds=90)
        print("killing", victim.process.name)
        victim.process.kill()
    return [victim.process.name for victim in victims]


def read_until(done: threading.Event, replicas: Replicas, published: list[Upload]) -> Counter[int]:
    """Read what is published over and over; the statuses that came, 0 for a connection that broke."""
    seen: Counter[int] = Counter()
    while not done.is_set():
        for upload in published[-3:]:
            for path, body in upload.files.items():
                answer = answer_of(replicas, path)
                seen[answer.status] += 1
                assert answer.status != 200 or answer.body == body
    return seen


def answer_of(replicas: Replicas, path: str) -> Answer:
    try:
        return fetch(replicas.url, path)
    except (OSError, HTTPException):
        return Answer(0, {}, b"")
