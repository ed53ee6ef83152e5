"""`direct` through the proxy: private git repositories on loopback, over https and ssh, read by the real go and git."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import anyio.to_thread
import httpx
import pytest

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.info import parse_info
from tests.e2e.go import Go
from tests.git_servers.repositories import empty_repository, module_repository, publish
from tests.git_servers.ssh import SshServer
from tests.goproxy_server import Answer, GoProxyServer
from tests.proxy.direct import HOST, MODULE, PASSWORD, GitWorld, git_world
from tests.sumdb_server import SumDatabase

V1 = f"/{MODULE}/@v/v1.0.0"
REPOSITORY = "/team/hello.git"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitWorld]:
    with git_world(tmp_path, monkeypatch) as world:
        yield world


def version(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return parse_info(answer.content).version


# What it answers


async def test_the_whole_protocol_is_answered_from_a_private_repository(world: GitWorld) -> None:
    main = world.repository.git("rev-parse", "main").strip()
    async with world.proxy() as proxy:
        assert (await proxy.get(f"/{MODULE}/@v/list")).text == "v1.0.0\nv1.1.0-rc.1\n"
        assert version(await proxy.get(f"/{MODULE}/@latest")) == "v1.0.0"
        pseudo = version(await proxy.get(f"/{MODULE}/@v/main.info"))
        assert pseudo == f"v1.1.0-rc.1.0.20231115011320-{main[:12]}"
        assert version(await proxy.get(f"/{MODULE}/@v/{main[:7]}.info")) == pseudo
        info = parse_info((await proxy.get(f"{V1}.info")).content)
        assert info.origin is not None
        assert (info.version, info.origin.ref) == ("v1.0.0", "refs/tags/v1.0.0")
        requests = len(world.host.asked)
        assert (await proxy.get(f"{V1}.mod")).text == f"module {MODULE}\n\ngo 1.21\n"
        assert len(world.host.asked) == requests  # the .info brought it


async def test_what_go_makes_of_a_repository_is_what_is_answered(world: GitWorld) -> None:
    """Nested modules, major versions, no tags, no go.mod, versions that were taken back."""
    root, other = f"{HOST}/many", f"{HOST}/legacy"
    many = empty_repository(world.folder / "many")
    many.commit(
        {"go.mod": f"module {root}\n\nretract v0.1.0\n", "sub/go.mod": f"module {root}/sub\n"}, "v0.1.0", "sub/v1.0.0"
    )
    many.commit({"go.mod": f"module {root}/v2\n"}, "v2.0.0")
    legacy = empty_repository(world.folder / "legacy")
    legacy.commit({"x.go": "package x\n"}, "v3.0.0")
    for repository, name in ((many, "many"), (legacy, "legacy")):
        publish(repository, world.host.repositories / f"{name}.git")
    world.host.remotes[root] = f"https://{root}.git"
    async with world.proxy() as proxy:
        for path, listed in (
            (root, "v0.1.0\n"),
            (f"{root}/sub", "v1.0.0\n"),
            (f"{root}/v2", "v2.0.0\n"),
            (other, "v3.0.0+incompatible\n"),
        ):
            assert (await proxy.get(f"/{path}/@v/list")).text == listed
        assert (await proxy.get(f"/{other}/@v/v3.0.0+incompatible.mod")).text == f"module {other}\n"


async def test_a_zip_is_kept_and_served_when_its_origin_is_gone(world: GitWorld) -> None:
    async with world.proxy() as proxy:
        first = await proxy.get(f"{V1}.zip")
        world.host.answers["/"] = 503
        second = await proxy.get(f"{V1}.zip")
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("MISS", "HIT")
    assert first.content == second.content
    assert (world.volume / MODULE / "v1.0.0" / "source.zip").read_bytes() == first.content


PROGRAM = f"""\
package main

import hello "{MODULE}"

func main() {{
	println(hello.Version)
}}
"""


async def test_a_private_module_is_built_with_as_soon_as_it_is_published(world: GitWorld, tmp_path: Path) -> None:
    """The source document's "private upstream smoke test", over https with the password of the netrc file."""
    world.repository.commit({"hello.go": 'package hello\n\nconst Version = "1.2.0, just published"\n'}, "v1.2.0")
    world.publish()
    program = tmp_path / "program"
    program.mkdir()
    (program / "main.go").write_text(PROGRAM)
    async with world.proxy() as proxy:
        go = Go(tmp_path / "modules", {"GOPROXY": proxy.url, "GONOSUMDB": HOST, "GOFLAGS": "-modcacherw"})

        def build() -> str:
            go.run("mod", "init", "program.example/p", cwd=program)
            go.run("get", f"{MODULE}@latest", cwd=program)
            go.run("build", "-o", "p", ".", cwd=program)
            return subprocess.run([program / "p"], capture_output=True, text=True, check=True).stderr

        assert await anyio.to_thread.run_sync(build) == "1.2.0, just published\n"


async def test_a_repository_over_ssh_is_read_from_a_known_host_alone(world: GitWorld, tmp_path: Path) -> None:
    """The same over ssh, with a key; the host is told from others by its own."""
    module = f"{HOST}/ssh/hello"
    bare = tmp_path / "elsewhere" / "hello.git"
    publish(module_repository(tmp_path / "work", module), bare)
    with SshServer(tmp_path / "with a space") as ssh:
        world.host.remotes[module] = ssh.url(bare)
        files = {"GOMOD_DIRECT_SSH_KEY_FILE": str(ssh.key), "GOMOD_DIRECT_KNOWN_HOSTS_FILE": str(ssh.known_hosts)}
        async with world.proxy(**files) as proxy:
            assert (await proxy.get(f"/{module}/@v/list")).text == "v1.0.0\nv1.1.0-rc.1\n"
            assert (await proxy.get(f"/{module}/@v/v1.0.0.zip")).status_code == 200
            ssh.known_hosts.write_text("")
            unknown = await proxy.get(f"/{module}/@v/list")
        async with world.proxy() as proxy:
            without = await proxy.get(f"/{module}/@v/list")
    assert (unknown.status_code, without.status_code) == (502, 502)
    assert "Host key verification failed" in unknown.text
    assert "transport 'ssh' not allowed" in without.text


# When it can't


async def test_absence_is_404(world: GitWorld) -> None:
    async with world.proxy() as proxy:
        for path in (
            f"/{MODULE}/@v/v1.3.0.info",
            f"/{MODULE}/@v/v0.0.0-20231115011320-0123456789ab.mod",
            f"/{MODULE}/@v/no-such-branch.info",
            f"/{MODULE}/v2/@v/list",
            f"/{HOST}/nobody/@v/list",
        ):
            answer = await proxy.get(path)
            assert answer.status_code == 404, answer.text
            assert "not found at its origin" in answer.text


async def test_trouble_is_never_404_and_says_no_password(world: GitWorld) -> None:
    """The host tells whoever asks what it was sent, and go passes that on."""
    async with world.proxy() as proxy:
        for place, status in (("/team/hello", 403), ("/team/hello", 503), (REPOSITORY, 403), (REPOSITORY, 500)):
            world.host.answers = {place: status}
            answer = await proxy.get(f"/{MODULE}/@v/list")
            assert answer.status_code == 502
            assert str(status) in answer.text
            sent = world.host.asked[0].authorization
            assert sent
            for secret in (PASSWORD, sent.removeprefix("Basic ")):
                assert secret not in answer.text


@pytest.mark.parametrize("netrc", ["", f"machine {HOST} login bot password wrong\n", f"default password {PASSWORD}\n"])
async def test_a_host_that_does_not_let_us_in_is_502(world: GitWorld, netrc: str) -> None:
    world.netrc.write_text(netrc)
    async with world.proxy() as proxy:
        answer = await proxy.get(f"{V1}.mod")
    assert answer.status_code == 502
    assert "the registry's credentials" in answer.text


async def test_a_host_that_is_not_there_is_502(world: GitWorld) -> None:
    async with world.proxy() as proxy:
        assert (await proxy.get("/git.elsewhere.example/x/@v/list")).status_code == 502


async def test_a_host_that_hangs_is_504(world: GitWorld) -> None:
    world.host.held = REPOSITORY
    async with world.proxy(GOMOD_DIRECT_SECONDS="2") as proxy:
        assert (await proxy.get(f"{V1}.info")).status_code == 504


# Beside other upstreams


@pytest.mark.parametrize(
    ("separator", "status", "answered"),
    [(",", 404, 200), (",", 410, 200), (",", 500, 502), ("|", 500, 200)],
)
async def test_it_is_asked_after_other_upstreams_as_goproxy_says(
    world: GitWorld, upstream: GoProxyServer, separator: str, status: int, answered: int
) -> None:
    upstream.answers[f"{V1}.mod"] = Answer(b"", status=status)
    async with world.proxy(f"{upstream.url}{separator}direct") as proxy:
        assert (await proxy.get(f"{V1}.mod")).status_code == answered
    assert bool(world.host.asked) == (answered == 200)


async def test_what_an_upstream_has_is_not_asked_of_its_origin(world: GitWorld, upstream: GoProxyServer) -> None:
    upstream.add(MODULE, "v1.0.0")
    async with world.proxy(f"{upstream.url}|direct") as proxy:
        assert (await proxy.get(f"{V1}.zip")).content == upstream.body(f"{V1}.zip")
    assert world.host.asked == []


async def test_our_own_modules_are_never_asked_of_it(world: GitWorld) -> None:
    async with world.proxy(GOMOD_PRIVATE_PATTERNS=f"{HOST}/*") as proxy:
        assert (await proxy.get(f"/{MODULE}/@v/list")).status_code == 404
    assert world.host.asked == []


async def test_what_the_checksum_database_has_on_record_is_kept(world: GitWorld, tmp_path: Path) -> None:
    async with world.proxy() as proxy:
        (tmp_path / "v1.zip").write_bytes((await proxy.get(f"{V1}.zip")).content)
        go_mod = (await proxy.get(f"{V1}.mod")).content
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    with SumDatabase() as database:
        database.add(MODULE, "v1.0.0", hash_zip(tmp_path / "v1.zip"), hash_go_mod(go_mod))
        sumdbs = {"GOMOD_SUMDBS": f"{database.key} {database.url}"}
        async with world.proxy(**sumdbs, GOMOD_STORAGE_URL=fresh.as_uri()) as proxy:
            assert (await proxy.get(f"{V1}.zip")).status_code == 200
    assert (fresh / MODULE / "v1.0.0").exists()


async def test_other_bytes_than_those_on_record_are_refused(world: GitWorld) -> None:
    with SumDatabase() as database:
        database.add(MODULE, "v1.0.0", hash_go_mod(b"one"), hash_go_mod(b"another"))
        async with world.proxy(GOMOD_SUMDBS=f"{database.key} {database.url}") as proxy:
            answer = await proxy.get(f"{V1}.mod")
    assert answer.status_code == 502
    assert "checksum mismatch" in answer.text
    assert not list(world.volume.rglob("v1.0.0*"))
