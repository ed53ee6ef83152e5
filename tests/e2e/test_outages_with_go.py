"""Fifty builds with the real go while upstream goes through every kind of outage, and more when it is over.

Real go processes, each with a module cache that begins empty. `,direct` stands behind the proxy, and leads nowhere
here: go would tell if it were sent away.
"""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event

import anyio
import pytest

from gomod.dirhash import hash_go_mod, hash_zip
from tests.e2e.go import Go, GoFailedError
from tests.e2e.registry import fetch
from tests.goproxy_server import GoProxyServer
from tests.proxy.outages import KINDS, REFUSING, outage
from tests.proxy.publishing import publish
from tests.proxy.running import environment
from tests.proxy.test_process import started
from tests.sumdb_server import SumDatabase
from tests.waiting import wait_for

KEPT, FRESH = "kept.invalid/lib", "fresh.invalid/lib"
CLIENTS = [KEPT, FRESH, KEPT, FRESH]  # of each kind of outage, at once: 52 builds in all

AT_ONCE = 50
ENOUGH = 5  # builds of each module that began in an outage and are over, before the next one comes
ROTATION = [kind for kind in KINDS if kind != "absent"]  # where upstream itself says 404 it is right to look elsewhere


@dataclass(frozen=True)
class World:
    """An upstream and a database that have everything, and a volume that has KEPT."""

    folder: Path
    upstream: GoProxyServer
    sums: dict[str, str]
    settings: dict[str, str]

    @property
    def volume(self) -> Path:
        return self.folder / "volume"

    def environment(self, mode: str, **more: str) -> dict[str, str]:
        return environment(self.volume, self.upstream.url, mode, **self.settings, **more)

    def build(self, folder: Path, module: str, goproxy: str) -> str:
        """Build a program that imports the module; what go said when it failed, nothing when it built."""
        folder.mkdir()
        (folder / "go.mod").write_text(f"module example.com/program\n\ngo 1.21\n\nrequire {module} v1.0.0\n")
        (folder / "go.sum").write_text(self.sums[module])
        (folder / "program.go").write_text(f'package program\n\nimport _ "{module}"\n')
        variables = {"GOPROXY": goproxy, "GOSUMDB": "off", "GOFLAGS": "-modcacherw -trimpath"}
        try:
            Go(folder / "modules", variables).run("build", ".", cwd=folder)
        except GoFailedError as error:
            return str(error)
        return ""


@contextmanager
def made(folder: Path, *fresh: str) -> Iterator[World]:
    sums = {}
    with SumDatabase() as database, GoProxyServer() as upstream:
        for module, place in ((KEPT, folder / "volume"), *((each, folder / "elsewhere") for each in fresh)):
            place.mkdir(exist_ok=True)
            # What can't be compressed is passed on in several pieces, so its end can be missing.
            files = {"x.go": b"package x\n", "blob": random.Random(module).randbytes(600_000)}
            body = anyio.run(partial(publish, place, module, "v1.0.0", files=files))
            go_mod = f"module {module}\n".encode()
            upstream.add(module, "v1.0.0", mod=go_mod, zip_body=body)
            hashes = hash_zip(place / module / "v1.0.0" / "source.zip"), hash_go_mod(go_mod)
            database.add(module, "v1.0.0", *hashes)
            sums[module] = f"{module} v1.0.0 {hashes[0]}\n{module} v1.0.0/go.mod {hashes[1]}\n"
        settings = {
            "GOMOD_SUMDBS": f"{database.key} {database.url}",
            "GOMOD_UPSTREAM_READ_SECONDS": "1",
            "GOMOD_UPSTREAM_ZIP_SECONDS": "1",
            "GOMOD_LOG_LEVEL": "error",
        }
        yield World(folder, upstream, sums, settings)


def is_of_an_outage(said: str) -> bool:
    """Whether go was told of trouble, and not of absence or of bytes that are not those of go.sum."""
    told = any(words in said for words in (".zip: 502", ".zip: 504", ".mod: 502", ".mod: 504", "unexpected EOF"))
    # Not "404" alone, which a port may have in it.
    return told and not any(word in said for word in (": 404", "says 404", "lookup", "SECURITY ERROR"))


@pytest.mark.parametrize("mode", ["strict", "fallback"])
def test_fifty_builds_get_what_is_right_or_word_of_an_outage(tmp_path: Path, mode: str) -> None:
    with made(tmp_path, FRESH) as world, started(world.environment(mode)) as (_, url):

        def at_once(name: str, behind: str) -> list[str]:
            with ThreadPoolExecutor(len(CLIENTS)) as pool:
                folders = [tmp_path / f"{name}-{number}" for number in range(len(CLIENTS))]
                return list(pool.map(world.build, folders, CLIENTS, [url + behind] * len(CLIENTS)))

        for kind in KINDS:
            with outage(world.upstream, kind):
                said = at_once(kind, "" if kind == "absent" else ",direct")
            assert said[::2] == ["", ""], kind
            for failure in said[1::2]:
                assert ": 404" in failure if kind == "absent" else is_of_an_outage(failure), failure
        zip_ = f"/{FRESH}/@v/v1.0.0.zip"
        wait_for(partial(is_there, url, zip_), "the proxy to find out that upstream is back", seconds=120)
        assert at_once("after", ",direct") == [""] * 4


@dataclass
class Script:
    """The outage that upstream is in, None at the end; and what go said to each build, by that in which it began."""

    kind: str | None = ROTATION[0]
    begun: Event = field(default_factory=Event)  # before it a build would find a sound upstream
    said: list[tuple[str, str, str]] = field(default_factory=list)  # kind, module, what go said

    def of(self, kind: str, module: str) -> list[str]:
        return [said for each, built, said in self.said if (each, built) == (kind, module)]


def fresh_of(kind: str) -> str:
    return f"fresh.invalid/{kind.replace(' ', '-')}"


def test_fifty_clients_of_two_replicas_build_on_while_one_outage_follows_the_other(tmp_path: Path) -> None:
    script, numbers = Script(), count()
    with ExitStack() as stack:
        world = stack.enter_context(made(tmp_path, *map(fresh_of, ROTATION)))
        servers = [world.environment("fallback", GOMOD_SERVER=server) for server in ("hypercorn", "granian")]
        replicas = [stack.enter_context(started(environ))[1] for environ in servers]

        def build(module: str, replica: int) -> str:
            return world.build(tmp_path / f"build-{next(numbers)}", module, f"{replicas[replica]},direct")

        def build_on(client: int) -> None:
            script.begun.wait()
            while (kind := script.kind) is not None:
                module = fresh_of(kind) if client % 2 else KEPT
                script.said.append((kind, module, build(module, client // 2 % 2)))

        with ThreadPoolExecutor(AT_ONCE) as pool:
            clients = [pool.submit(build_on, client) for client in range(AT_ONCE)]
            try:
                for kind in ROTATION:
                    go_through(kind, script, world.upstream)
                    for replica in replicas:
                        wait_for(partial(is_reached, replica), "upstream to be reached", seconds=120)
            finally:
                script.kind = None
                script.begun.set()
            for client in clients:
                client.result()
        for kind in ROTATION:
            assert not any(script.of(kind, KEPT)), kind
            failures = [said for said in script.of(kind, fresh_of(kind)) if said]
            assert failures, kind
            assert [said for said in failures if not is_of_an_outage(said)] == [], kind
            zip_ = f"/{fresh_of(kind)}/@v/v1.0.0.zip"
            for replica in replicas:
                wait_for(partial(is_there, replica, zip_), f"{zip_} to be there")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            modules = [KEPT, *map(fresh_of, ROTATION)] * 2
            assert list(pool.map(build, modules, [0, 1] * (len(modules) // 2))) == [""] * len(modules)
    for module, sums in world.sums.items():
        assert hash_zip(world.volume / module / "v1.0.0" / "source.zip") in sums


def go_through(kind: str, script: Script, upstream: GoProxyServer) -> None:
    """One outage, for as long as it takes that enough builds have met it, and upstream was asked in it."""
    module = fresh_of(kind)
    with outage(upstream, kind):
        script.kind = kind
        script.begun.set()
        wait_for(lambda: len(script.of(kind, KEPT)) >= ENOUGH, f"builds with {KEPT}", seconds=300)
        wait_for(lambda: len(script.of(kind, module)) >= ENOUGH, f"builds with {module}", seconds=300)
    if kind != REFUSING:
        assert any(path.startswith(f"/{module}/") for path in upstream.asked()), kind


def is_there(replica: str, path: str) -> bool:
    return fetch(replica, path).status == 200


def is_reached(replica: str) -> bool:
    """Whether a list comes from upstream: the breaker takes its time to find out that it is back."""
    return fetch(replica, f"/{KEPT}/@v/list").headers["x-cache"] == "MISS"
