"""A proxy looks after its volume: use is written down, damage is healed from upstream, or said where it can't be."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gomod.module import ModuleVersion
from gomod_proxy.own import OwnModules
from gomod_proxy.upkeep import Upkeep
from gomod_storage import repair, scrub, used_files
from gomod_storage.open import open_caretaker
from gomod_storage.pace import at_once
from gomod_storage.places import Places
from tests.e2e.go import Go, GoFailedError
from tests.goproxy_server import GoProxyServer, make_zip
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, Running, environment, running
from tests.storage.modules import Packed
from tests.storage.object_servers import Moto
from tests.storage.rot import spoil

PUBLIC = ModuleVersion("github.com/Azure/x", "v1.2.0")
PRIVATE = ModuleVersion(f"{OWN}/billing", "v1.0.0")
GO_MOD = b"module github.com/Azure/x\n\ngo 1.21\n"
OTHER_MOD = GO_MOD + b"// other\n"
OTHER_ZIP = make_zip("github.com/Azure/x", "v1.2.0", {"go.mod": GO_MOD, "y.go": b"package y\n"})
KINDS = ("info", "mod", "zip")


def mend(volume: Path) -> list[str]:
    places, own = Places(volume), OwnModules(f"{OWN}/*")
    found = [finding for _, finding in scrub.scrub(places, at_once) if finding]
    return [scrub.mend(places, finding, own.owns) for finding in found]


def rot(volume: Path, module: ModuleVersion, name: str) -> None:
    with (Places(volume).version(module) / name).open("ab") as file:
        file.write(b"rot")


def go_at(proxy: Running, folder: Path) -> Go:
    variables = {"GOPROXY": proxy.url, "GONOSUMDB": "*", "GOFLAGS": "-modcacherw -mod=mod"}
    return Go(folder / "cache", {**variables, "GOSUMDB": "off"})


async def test_use_is_written_down_when_the_proxy_ends(upstream: GoProxyServer, volume: Path) -> None:
    upstream.add("github.com/Azure/x", "v1.2.0")
    upstream.add("github.com/Azure/x", "v1.3.0")
    await publish(volume, PRIVATE.path, PRIVATE.version)
    async with running(environment(volume, upstream.url)) as proxy:
        for path in ("github.com/!azure/x/@v/v1.2.0.mod", f"{OWN}/billing/@v/v1.0.0.zip"):
            assert (await proxy.get(f"/{path}")).status_code == 200
        for path in ("github.com/!azure/x/@v/list", "github.com/!azure/x/@latest", f"{OWN}/billing/@v/v9.0.0.zip"):
            await proxy.get(f"/{path}")
    assert used_files.read(Places(volume)).last == dict.fromkeys([PUBLIC, PRIVATE], datetime.now(UTC).date())


async def test_use_is_written_down_now_and_then(volume: Path) -> None:
    repair.start(Places(volume))
    upkeep = Upkeep(open_caretaker(volume.as_uri()), lambda _: True, scrub_bytes_per_second=0, write_seconds=0.01)
    async with upkeep:
        upkeep.note(PUBLIC)
        async with asyncio.timeout(30):
            while PUBLIC not in used_files.read(Places(volume)).last:
                await asyncio.sleep(0.01)


async def test_in_a_bucket_use_is_written_down_and_damage_is_fetched_again_as_well(
    upstream: GoProxyServer, tmp_path: Path, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.add("github.com/Azure/x", "v1.2.0")
    paths = [f"/github.com/!azure/x/@v/v1.2.0.{kind}" for kind in KINDS]
    (tmp_path / "moto").mkdir()
    with Moto(tmp_path / "moto") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        url = f"{server.url}/x?staging={tmp_path / 'staging'}"
        caretaker = open_caretaker(url)
        async with running(environment(volume, upstream.url, GOMOD_STORAGE_URL=url)) as proxy:
            fetched = [(await proxy.get(path)).content for path in paths]
        assert (await caretaker.usage()).last == {PUBLIC: datetime.now(UTC).date()}
        upstream.forget()
        spoil(url, Packed(PUBLIC, *fetched), "zip")
        (found,) = [seen async for seen in caretaker.scrub(at_once) if seen[1]]
        assert await caretaker.mend(found, lambda _: False) == "out of service; the next request fetches it again"
        async with running(environment(volume, upstream.url, GOMOD_STORAGE_URL=url)) as proxy:
            assert [(await proxy.get(path)).content for path in paths] == fetched
    assert sorted(upstream.asked()) == paths


async def test_a_volume_that_takes_no_notes_stops_nobody(volume: Path) -> None:
    upkeep = Upkeep(open_caretaker(volume.as_uri()), lambda _: True, scrub_bytes_per_second=0)
    (volume / ".used").write_text("in the way")
    async with upkeep:
        upkeep.note(PUBLIC)


@pytest.mark.parametrize("name", ["source.zip", "go.mod", "v1.2.0.info"])
async def test_a_damaged_public_version_is_fetched_again_and_go_gets_it(
    upstream: GoProxyServer, proxy: Running, volume: Path, tmp_path: Path, name: str
) -> None:
    upstream.add("github.com/Azure/x", "v1.2.0")
    go = go_at(proxy, tmp_path)
    (tmp_path / "use").mkdir()
    (tmp_path / "use/go.mod").write_text("module use\n\ngo 1.21\n\nrequire github.com/Azure/x v1.2.0\n")
    await asyncio.to_thread(go.run, "mod", "download", "-json", "github.com/Azure/x", cwd=tmp_path / "use")
    sums = (tmp_path / "use/go.sum").read_text()
    rot(volume, PUBLIC, name)
    assert mend(volume) == ["out of service; the next request fetches it again"]
    upstream.forget()
    # Of another proxy: this one has the right bytes in memory for a minute.
    async with running(environment(volume, upstream.url)) as other:
        again = Go(tmp_path / "another-cache", {**go.variables, "GOPROXY": other.url})
        await asyncio.to_thread(again.run, "mod", "download", "-json", "github.com/Azure/x", cwd=tmp_path / "use")
    assert (tmp_path / "use/go.sum").read_text() == sums
    assert sorted(upstream.asked()) == [f"/github.com/!azure/x/@v/v1.2.0.{kind}" for kind in KINDS]
    assert mend(volume) == []


@pytest.mark.parametrize(
    ("kind", "mod", "zip_body"), [("mod", OTHER_MOD, None), ("zip", OTHER_MOD, None), ("zip", GO_MOD, OTHER_ZIP)]
)
async def test_upstream_can_not_replace_it_by_something_else(
    upstream: GoProxyServer, proxy: Running, volume: Path, kind: str, mod: bytes, zip_body: bytes | None
) -> None:
    upstream.add("github.com/Azure/x", "v1.2.0")
    await proxy.get("/github.com/!azure/x/@v/v1.2.0.zip")
    rot(volume, PUBLIC, "source.zip")
    mend(volume)
    upstream.add("github.com/Azure/x", "v1.2.0", mod=mod, zip_body=zip_body)
    answer = await proxy.get(f"/github.com/!azure/x/@v/v1.2.0.{kind}")
    assert answer.status_code == 502
    assert "upstream sends other bytes than those stored here" in answer.text
    assert not Places(volume).version(PUBLIC).exists()


async def test_a_damaged_version_of_ours_is_trouble_and_no_absence(
    proxy: Running, volume: Path, tmp_path: Path
) -> None:
    await publish(volume, PRIVATE.path, PRIVATE.version)
    rot(volume, PRIVATE, "source.zip")
    assert mend(volume) == ["out of service until the same content is published again"]
    for kind in KINDS:
        answer = await proxy.get(f"/{PRIVATE.path}/@v/{PRIVATE.version}.{kind}")
        assert answer.status_code == 503
        assert "A module is damaged" in answer.text
    assert (await proxy.get(f"/{PRIVATE.path}/@v/list")).text == "v1.0.0\n"
    assert (await proxy.get(f"/{PRIVATE.path}/@latest")).status_code == 503
    (tmp_path / "use").mkdir()
    with pytest.raises(GoFailedError, match="publishing the same content again brings it back"):
        await asyncio.to_thread(
            go_at(proxy, tmp_path).run, "mod", "download", f"{PRIVATE.path}@v1.0.0", cwd=tmp_path / "use"
        )
    await publish(volume, PRIVATE.path, PRIVATE.version)
    await asyncio.to_thread(
        go_at(proxy, tmp_path).run, "mod", "download", f"{PRIVATE.path}@v1.0.0", cwd=tmp_path / "use"
    )
