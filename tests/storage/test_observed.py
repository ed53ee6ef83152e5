"""A store that is observed does what it does otherwise, and each operation is seen with how it ends."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod_storage import ModuleStore, Release
from gomod_storage.observed import ObservedStore
from tests.goproxy_server import make_info, make_zip

MODULE = ModuleVersion("go.corp.example/pay", "v1.0.0")
GO_MOD = b"module go.corp.example/pay\n"


class Observer:
    """Writes down what it sees."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    @contextmanager
    def __call__(self, operation: str, subject: str) -> Iterator[None]:
        try:
            yield
        except NotFound:
            self.seen.append(f"{operation} {subject}: absent".replace(" :", ":"))
            raise
        self.seen.append(f"{operation} {subject}".strip())


@pytest.fixture
def observer() -> Observer:
    return Observer()


@pytest.fixture
def observed(volume: ModuleStore, observer: Observer) -> ModuleStore:
    return ObservedStore(volume, observer)


async def commit(store: ModuleStore) -> bool:
    async with store.alone(MODULE, "zip", 1), store.stage() as staging:
        staging.info.write_bytes(make_info("v1.0.0"))
        staging.mod.write_bytes(GO_MOD)
        staging.zip.write_bytes(make_zip(MODULE.path, "v1.0.0", {"go.mod": GO_MOD}))
        return await store.commit(Release(MODULE, staging, hash_zip(staging.zip), hash_go_mod(GO_MOD)))


async def test_a_version_is_written_and_read_through_it(
    observed: ModuleStore, volume: ModuleStore, observer: Observer
) -> None:
    with pytest.raises(NotFound):
        await observed.mod(MODULE)
    assert await commit(observed)
    assert not await commit(observed)
    assert await observed.versions(MODULE.path) == ["v1.0.0"]
    assert await observed.mod(MODULE) == await volume.mod(MODULE)
    assert (await observed.zip(MODULE)).etag == (await volume.zip(MODULE)).etag
    assert observer.seen == [
        f"mod {MODULE}: absent",
        f"wait {MODULE} (zip)",
        f"commit {MODULE}",
        f"wait {MODULE} (zip)",
        f"commit {MODULE}",
        f"versions {MODULE.path}",
        f"mod {MODULE}",
        f"zip {MODULE}",
    ]


async def test_turns_are_taken_through_it(observed: ModuleStore, volume: ModuleStore, observer: Observer) -> None:
    async with (
        volume.alone(MODULE, "mod", 1),
        observed.alone(MODULE, "mod", 0.05),
    ):  # entered all the same, after its patience
        assert observer.seen == [f"wait {MODULE} (mod)"]


@pytest.mark.parametrize(
    "name", [name for name, _ in inspect.getmembers(ModuleStore, inspect.isfunction) if name[0] != "_"]
)
def test_no_operation_of_the_protocol_is_left_out(name: str) -> None:
    ours, promised = (inspect.signature(getattr(each, name)).parameters for each in (ObservedStore, ModuleStore))
    assert ours == promised
