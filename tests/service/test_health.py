"""Readiness is a statement about the store, asked seldom however often somebody asks us."""

import anyio
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gomod.errors import StoreFull, Unavailable
from gomod_service import health
from gomod_service.health import ReadinessProbe, health_routes
from gomod_service.http_errors import exception_handlers


class Store:
    """Ready or not, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.trouble: Exception | None = None

    async def ready(self) -> None:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def client(store: Store) -> TestClient:
    routes = health_routes("gomod-proxy", store.ready)
    return TestClient(Starlette(routes=routes, exception_handlers=dict(exception_handlers)))


def test_a_service_is_alive_whatever_its_store_does(client: TestClient, store: Store) -> None:
    store.trouble = Unavailable("EIO")
    assert client.get("/healthz").status_code == 200
    assert store.asked == 0


@pytest.mark.parametrize(("trouble", "status"), [(Unavailable("EROFS"), 503), (StoreFull("ENOSPC"), 507)])
def test_a_store_in_trouble_is_not_ready_and_says_why(
    client: TestClient, store: Store, trouble: Exception, status: int
) -> None:
    store.trouble = trouble
    answer = client.get("/readyz")
    assert answer.status_code == status
    assert str(trouble) in answer.text


def test_trouble_is_not_remembered(client: TestClient, store: Store) -> None:
    store.trouble = Unavailable("EIO")
    client.get("/readyz")
    store.trouble = None
    assert client.get("/readyz").status_code == 200


async def test_many_probes_at_once_ask_the_store_once(store: Store) -> None:
    probe = ReadinessProbe(store.ready)
    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(probe.check)
    assert store.asked == 1


async def test_a_store_that_hangs_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.01)
    with pytest.raises(Unavailable, match="did not answer"):
        await ReadinessProbe(anyio.sleep_forever).check()


def test_version_names_the_service_and_the_build(client: TestClient) -> None:
    body = client.get("/version").json()
    assert body["service"] == "gomod-proxy"
    assert body["version"][0].isdigit()
