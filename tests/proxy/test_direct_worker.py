"""The workers of `direct`: what they know, that they end, and that nothing is left of them."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import httpx
import pytest

from gomod.errors import NotFound, UpstreamError, UpstreamTimeout
from gomod_proxy import direct_worker
from gomod_proxy.app import create_app
from gomod_proxy.credentials import Credentials
from gomod_proxy.direct import Direct
from gomod_proxy.direct_access import Access
from gomod_proxy.direct_worker import Workers
from gomod_proxy.settings import ProxySettings
from gomod_service.one_processor import one_processor
from gomod_service.settings import SettingsError, read_settings
from scripts.local.venv import tool
from tests.proxy.direct import HOST, MODULE, PASSWORD, GitWorld, git_world
from tests.proxy.test_process import started
from tests.waiting import wait_for

REPOSITORY = "/team/hello.git"

# A program that does not end when it is asked to, and has a child that left for a session of its own.
HANGING = """\
#!/bin/sh
trap '' HUP INT TERM
touch "{began}"
setsid sleep 600 &
sleep 600
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitWorld]:
    with git_world(tmp_path, monkeypatch) as world:
        yield world


@pytest.fixture
def hanging_git(world: GitWorld, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put it in the place of git; returns the file that is there once it runs."""
    began = world.folder / "git-began"
    instead_of("git", world, monkeypatch, HANGING.format(began=began))
    return began


def instead_of(program: str, world: GitWorld, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    programs = world.folder / "programs"
    programs.mkdir()
    (programs / program).write_text(script)
    (programs / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


def direct(world: GitWorld, at_once: int = 2, seconds: float = 60) -> Direct:
    return Direct(Workers(Access(Credentials(world.netrc), None), at_once, seconds))


def alive(world: GitWorld) -> list[str]:
    """The command lines of all processes that belong to a worker: their TMPDIR says so."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={world.temporary}/gomod-direct-".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has just ended, or is of another user
            continue
    return found


def asked_of_git(world: GitWorld) -> list[str]:
    return [each.path for each in world.host.asked if each.path.startswith(REPOSITORY)]


def left(world: GitWorld) -> list[Path]:
    return list(world.temporary.iterdir())


# That they end


async def test_a_run_ends_at_its_time_limit_with_all_that_it_started(
    world: GitWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = world.folder / "go-began"  # go itself hangs, which takes no time to come to
    instead_of("go", world, monkeypatch, HANGING.format(began=began))
    with pytest.raises(UpstreamTimeout, match=rf"{MODULE}.*in time"):
        await direct(world, seconds=5).versions(MODULE)
    assert began.exists()
    assert (alive(world), left(world)) == ([], [])


@pytest.mark.usefixtures("hanging_git")
async def test_a_run_that_nobody_wants_any_more_ends_with_all_that_it_started(world: GitWorld) -> None:
    run = asyncio.create_task(direct(world).versions(MODULE))
    await asyncio.to_thread(wait_for, lambda: len(alive(world)) >= 5, "guard, go, git and its two children")
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert (alive(world), left(world)) == ([], [])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_proxy(world: GitWorld, hanging_git: Path, how: signal.Signals) -> None:
    environ = {**os.environ, **world.settings(GOMOD_SHUTDOWN_SECONDS="1")}
    with started(environ) as (process, url):
        ask = Thread(target=ask_and_be_let_down, args=[f"{url}/{MODULE}/@v/list"])
        ask.start()
        wait_for(hanging_git.exists, "git")
        process.send_signal(how)
        process.wait(60)
        ask.join()
    wait_for(lambda: not alive(world), "the end of the workers")
    if how is signal.SIGKILL:
        assert len(left(world)) == 1
        with started(environ):
            pass
    assert left(world) == []


def ask_and_be_let_down(url: str) -> None:
    with suppress(httpx.TransportError):
        assert httpx.get(url, timeout=60).is_server_error


async def test_the_folder_of_a_living_worker_stays_when_another_proxy_starts(world: GitWorld) -> None:
    world.host.held = REPOSITORY
    run = asyncio.create_task(direct(world).versions(MODULE))
    await asyncio.to_thread(wait_for, lambda: left(world), "a worker")
    direct(world)
    assert len(left(world)) == 1
    world.host.gate.set()
    assert await run == ["v1.0.0", "v1.1.0-rc.1"]


async def test_only_so_many_run_at_once_and_the_others_wait(world: GitWorld) -> None:
    world.host.held = REPOSITORY
    source = direct(world, at_once=2)
    runs = [asyncio.create_task(source.versions(MODULE)) for _ in range(4)]
    await asyncio.to_thread(wait_for, lambda: len(asked_of_git(world)) == 2, "two workers")
    assert len(left(world)) == 2
    world.host.gate.set()
    assert await asyncio.gather(*runs) == [["v1.0.0", "v1.1.0-rc.1"]] * 4
    assert (alive(world), left(world)) == ([], [])


@pytest.mark.usefixtures("hanging_git")
async def test_waiting_for_ones_turn_has_an_end_too(world: GitWorld) -> None:
    source = direct(world, at_once=1, seconds=2)
    ends = await asyncio.gather(*(source.versions(MODULE) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in ends] == [UpstreamTimeout] * 2
    assert (alive(world), left(world)) == ([], [])


# What they know


async def test_a_worker_knows_nothing_of_the_proxy_but_the_way_out(
    world: GitWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = world.folder / "environment"
    instead_of("go", world, monkeypatch, f'#!/bin/sh\nenv -0 > "{seen}"\nexec "{tool("go")}" "$@"\n')
    for name in ("AWS_SECRET_ACCESS_KEY", "GOMOD_STORAGE_URL", "GOPROXY", "NETRC", "SSH_AUTH_SOCK", "GIT_ASKPASS"):
        monkeypatch.setenv(name, "of-the-proxy")
    await direct(world).versions(MODULE)
    known = dict(entry.split("=", 1) for entry in seen.read_text().split("\0") if entry)
    assert "of-the-proxy" not in known.values()
    assert PASSWORD not in seen.read_text()
    way_out = {"PATH", "HTTPS_PROXY", "SSL_CERT_FILE", "GIT_SSL_CAINFO"}
    go = {"GOENV", "GO111MODULE", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOWORK", "GOFLAGS", "GOVCS", "GOMODCACHE"}
    others = {"HOME", "TMPDIR", "LC_ALL", "GIT_TERMINAL_PROMPT", "GIT_ALLOW_PROTOCOL"}
    added_by_sh = {"PWD", "OLDPWD", "_", "SHLVL"}
    assert set(known) - added_by_sh == way_out | go | others
    assert (known["GOPROXY"], known["GOSUMDB"], known["GOTOOLCHAIN"]) == ("direct", "off", "local")
    for name in ("HOME", "TMPDIR", "GOMODCACHE"):
        assert known[name].startswith(f"{world.temporary}/gomod-direct-")
    assert left(world) == []


# What others may not make of them


async def test_a_query_is_never_an_option(world: GitWorld) -> None:
    for query in ("-x", "--help", "-modfile=go.mod", "--upload-pack=touch pwned"):
        with pytest.raises(NotFound, match="invalid module version"):
            await direct(world).query(MODULE, query)


async def test_neither_is_the_name_of_a_branch_or_a_tag(world: GitWorld) -> None:
    bare = world.publish()
    for ref in ("refs/heads/--output=pwned", "refs/tags/--upload-pack=touch", "refs/heads/-x"):
        subprocess.run(["git", "update-ref", ref, "main"], cwd=bare, check=True)
    assert await direct(world).versions(MODULE) == ["v1.0.0", "v1.1.0-rc.1"]
    assert not list(world.folder.rglob("pwned"))


async def test_a_page_can_name_no_program_no_file_and_no_way_without_protection(world: GitWorld) -> None:
    pwned, source = world.folder / "pwned", direct(world)
    for remote in (
        f"ext::sh -c touch% {pwned}",
        f"--upload-pack=touch {pwned}",
        f"ssh://-oProxyCommand=touch%20{pwned}/x",
        world.repository.path.as_uri(),
        str(world.repository.path),
        f"http://{HOST}{REPOSITORY}",
        f"git://{HOST}{REPOSITORY}",
    ):
        world.host.remotes[MODULE] = remote
        with pytest.raises((UpstreamError, NotFound)):
            await source.versions(MODULE)
    assert not pwned.exists()


async def test_a_repository_with_too_many_tags_is_refused(world: GitWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_worker, "MAX_SAID", 50)
    with pytest.raises(UpstreamError, match="more than 50 bytes"):
        await direct(world).versions(MODULE)


# What they need


@pytest.mark.parametrize("missing", ["go", "git"])
def test_a_missing_program_is_named_at_the_start(world: GitWorld, missing: str) -> None:
    programs = world.folder / "programs"
    programs.mkdir()
    for name in {"go", "git"} - {missing}:
        (programs / name).symlink_to("/bin/true")
    done = subprocess.run(
        [sys.executable, "-m", "gomod_proxy"],
        env={**world.settings(), "PATH": str(programs)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert f"direct, which needs {missing}" in done.stderr


def test_a_missing_folder_is_named_at_the_start(world: GitWorld) -> None:
    world.temporary.rmdir()
    with pytest.raises(SettingsError, match="a writable TMPDIR"):
        direct(world)


@pytest.mark.parametrize("given", ["GOMOD_DIRECT_SSH_KEY_FILE", "GOMOD_DIRECT_KNOWN_HOSTS_FILE"])
def test_neither_file_for_ssh_says_anything_alone(world: GitWorld, given: str) -> None:
    with pytest.raises(SettingsError, match="need each other"):
        create_app(read_settings(ProxySettings, world.settings(**{given: str(world.netrc)})))


def test_a_missing_file_for_ssh_is_named_at_the_start(world: GitWorld) -> None:
    files = {"GOMOD_DIRECT_SSH_KEY_FILE": str(world.netrc), "GOMOD_DIRECT_KNOWN_HOSTS_FILE": str(world.folder / "none")}
    with pytest.raises(SettingsError, match=r"ssh file .*/none can't be read: No such file"):
        create_app(read_settings(ProxySettings, world.settings(**files)))


async def test_a_run_may_use_all_processors_though_the_proxy_keeps_to_one(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    async with one_processor():
        while len(os.sched_getaffinity(0)) > 1:
            await asyncio.sleep(0)
        command = [sys.executable, "-c", "import os; print(sorted(os.sched_getaffinity(0)))"]
        assert await direct_worker._run(command, {}, tmp_path) == 0
    assert (tmp_path / "said").read_text().strip() == str(sorted(before))
