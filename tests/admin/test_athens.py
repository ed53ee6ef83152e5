"""A stock Athens and our proxy on one volume: each serves what the other stored, byte for byte."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from gomod.layout import file_name, list_name
from gomod.module import ModuleVersion
from gomod_admin.explain import KINDS
from tests.admin.athens import running_athens
from tests.admin.files import contents
from tests.goproxy_server import GoProxyServer
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, environment, running

pytestmark = pytest.mark.may_skip(reason="Athens is built from its source, which a machine without a mirror can't get")

AZURE = [ModuleVersion("github.com/Azure/lib", version) for version in ("v1.0.0", "v1.10.0", "v1.9.0-Beta.1")]
OLD = ModuleVersion("github.com/old/lib", "v3.0.0+incompatible")  # without a go.mod in its zip
PSEUDO = ModuleVersion("github.com/tip/lib", "v0.0.0-20240102030405-0123456789ab")
PUBLIC = [*AZURE, OLD, PSEUDO]
BILLING = ModuleVersion(f"{OWN}/billing", "v1.2.3")


@pytest.fixture(autouse=True)
def offered(upstream: GoProxyServer) -> None:
    for module in AZURE:
        upstream.add(module.path, module.version)
    made_up = f"module {OLD.path}\n".encode()
    upstream.add(OLD.path, OLD.version, {"x.go": b"package x\n"}, mod=made_up)
    upstream.add(PSEUDO.path, PSEUDO.version, listed=False)


def served(client: httpx.Client, modules: Sequence[ModuleVersion]) -> dict[str, bytes]:
    """Every file of these versions."""
    names = [file_name(module, kind) for module in modules for kind in KINDS]
    return {name: client.get(f"/{name}").raise_for_status().content for name in names}


async def served_by_us(environ: dict[str, str], modules: Sequence[ModuleVersion]) -> dict[str, bytes]:
    async with running(environ) as proxy:
        names = [file_name(module, kind) for module in modules for kind in KINDS]
        return {name: (await proxy.get(f"/{name}")).raise_for_status().content for name in names}


def lists(client: httpx.Client, modules: Sequence[ModuleVersion]) -> dict[str, set[str]]:
    return {
        module.path: set(client.get(f"/{list_name(module.path)}").raise_for_status().text.split()) for module in modules
    }


async def lists_by_us(environ: dict[str, str], modules: Sequence[ModuleVersion]) -> dict[str, set[str]]:
    async with running(environ) as proxy:
        return {
            module.path: set((await proxy.get(f"/{list_name(module.path)}")).raise_for_status().text.split())
            for module in modules
        }


async def test_we_serve_what_athens_stored_as_it_is(
    athens: Path, volume: Path, tmp_path: Path, upstream: GoProxyServer
) -> None:
    with running_athens(athens, volume, tmp_path / "home", upstream.url) as client:
        theirs = served(client, PUBLIC)
        their_lists = lists(client, [AZURE[0]])
    before = contents(volume)
    inodes = {name: (volume / name).stat().st_ino for name in before}
    assert len(before) == 3 * len(PUBLIC)
    with upstream.down():
        environ = environment(volume, upstream.url, "offline")
        assert await served_by_us(environ, PUBLIC) == theirs
        assert await lists_by_us(environ, [AZURE[0]]) == their_lists
    assert {name: data for name, data in contents(volume).items() if name in before} == before
    assert {name: (volume / name).stat().st_ino for name in before} == inodes  # nothing was copied


async def test_athens_serves_what_we_stored(
    athens: Path, volume: Path, tmp_path: Path, upstream: GoProxyServer
) -> None:
    await publish(volume, BILLING.path, BILLING.version)
    modules = [*PUBLIC, BILLING]
    ours = await served_by_us(environment(volume, upstream.url), modules)
    our_lists = await lists_by_us(environment(volume, upstream.url, "offline"), modules)
    off = {"ATHENS_NETWORK_MODE": "offline", "ATHENS_DOWNLOAD_MODE": "none"}
    with upstream.down(), running_athens(athens, volume, tmp_path / "home", upstream.url, **off) as client:
        assert served(client, modules) == ours
        assert lists(client, [AZURE[0], OLD, BILLING]) == {
            module.path: our_lists[module.path] for module in (AZURE[0], OLD, BILLING)
        }


async def test_both_run_on_one_volume_at_once(
    athens: Path, volume: Path, tmp_path: Path, upstream: GoProxyServer
) -> None:
    by_them, by_us = AZURE[:1], AZURE[1:]
    environ = environment(volume, upstream.url)
    with running_athens(athens, volume, tmp_path / "home", upstream.url) as client:
        theirs = served(client, by_them)
        upstream.forget()
        ours = await served_by_us(environ, by_us)
        assert await served_by_us(environ, by_them) == theirs
        assert served(client, by_us) == ours
        assert not [path for path in upstream.asked() if path.endswith(".zip") and "v1.0.0" in path]


async def test_what_is_ours_on_a_volume_can_be_taken_away(
    athens: Path, volume: Path, tmp_path: Path, upstream: GoProxyServer
) -> None:
    """As docs/migrating-from-athens.md says of going back."""
    modules = [*PUBLIC, BILLING]
    await publish(volume, BILLING.path, BILLING.version)
    await served_by_us(environment(volume, upstream.url), modules)
    whole = {f"{each.path}/{each.version}" for each in modules}
    off = {"ATHENS_NETWORK_MODE": "offline", "ATHENS_DOWNLOAD_MODE": "none"}
    with running_athens(athens, volume, tmp_path / "home", "off", **off) as client:
        assert {f"{path}/@v" for path in {each.path for each in modules if each.path.islower()}} <= catalog(client)
    for pattern in (".*", "**/@v"):
        for ours in list(volume.glob(pattern)):
            shutil.rmtree(ours) if ours.is_dir() else ours.unlink()
    assert {str(Path(name).parent) for name in contents(volume)} == whole
    with running_athens(athens, volume, tmp_path / "home", "off", **off) as client:
        assert catalog(client) == whole
        assert len(served(client, modules)) == 3 * len(modules)


def catalog(client: httpx.Client) -> set[str]:
    modules = client.get("/catalog").raise_for_status().json()["modules"]
    return {f"{each['module']}/{each['version']}" for each in modules}
