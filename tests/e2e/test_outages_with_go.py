"""Fifty builds with the real go while upstream goes through every kind of outage, and more when it is over.

Real go processes, each with a module cache that begins empty, a few at once as a build machine bears it (the fifty
clients that ask all at once, in tests/proxy/test_outages.py, are no go). `,direct` stands behind the proxy, and leads
nowhere here: go would tell if it were sent away.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from gomod.dirhash import hash_go_mod, hash_zip
from tests.e2e.go import Go, GoFailedError
from tests.e2e.registry import fetch
from tests.goproxy_server import GoProxyServer
from tests.proxy.outages import KINDS, outage
from tests.proxy.publishing import publish
from tests.proxy.running import environment
from tests.proxy.test_process import started
from tests.sumdb_server import SumDatabase
from tests.waiting import wait_for

KEPT, FRESH = "kept.invalid/lib", "fresh.invalid/lib"
CLIENTS = [KEPT, FRESH, KEPT, FRESH]  # of each kind of outage, at once: 52 builds in all


@dataclass(frozen=True)
class Builds:
    """Programs that import one module each, built through a proxy."""

    folder: Path
    proxy: str
    sums: dict[str, str]

    def at_once(self, name: str, modules: list[str], *, behind: str) -> list[str]:
        """What go said to each of these clients when it failed; nothing when it built."""
        with ThreadPoolExecutor(len(modules)) as pool:
            numbered = enumerate(modules)
            return list(
                pool.map(lambda each: self._build(self.folder / f"{name}-{each[0]}", each[1], behind), numbered)
            )

    def _build(self, folder: Path, module: str, behind: str) -> str:
        folder.mkdir()
        (folder / "go.mod").write_text(f"module example.com/program\n\ngo 1.21\n\nrequire {module} v1.0.0\n")
        (folder / "go.sum").write_text(self.sums[module])
        (folder / "program.go").write_text(f'package program\n\nimport _ "{module}"\n')
        variables = {"GOPROXY": self.proxy + behind, "GOSUMDB": "off", "GOFLAGS": "-modcacherw -trimpath"}
        try:
            Go(folder / "modules", variables).run("build", ".", cwd=folder)
        except GoFailedError as error:
            return str(error)
        return ""


@pytest.mark.parametrize("mode", ["strict", "fallback"])
def test_fifty_builds_get_what_is_right_or_word_of_an_outage(tmp_path: Path, mode: str) -> None:
    volume, elsewhere = tmp_path / "volume", tmp_path / "elsewhere"
    sums = {}
    with SumDatabase() as database, GoProxyServer() as upstream:
        for module, place in ((KEPT, volume), (FRESH, elsewhere)):
            place.mkdir()
            body = anyio.run(publish, place, module, "v1.0.0")
            go_mod = f"module {module}\n".encode()
            upstream.add(module, "v1.0.0", mod=go_mod, zip_body=body)
            hashes = hash_zip(place / module / "v1.0.0" / "source.zip"), hash_go_mod(go_mod)
            database.add(module, "v1.0.0", *hashes)
            sums[module] = f"{module} v1.0.0 {hashes[0]}\n{module} v1.0.0/go.mod {hashes[1]}\n"
        settings = {
            "GOMOD_SUMDBS": f"{database.key} {database.url}",
            "GOMOD_UPSTREAM_READ_SECONDS": "1",
            "GOMOD_UPSTREAM_ZIP_SECONDS": "1",
        }
        with started(environment(volume, upstream.url, mode, **settings)) as (_, url):
            builds = Builds(tmp_path, url, sums)
            for kind in KINDS:
                # Where upstream itself says 404 it is right to look elsewhere.
                behind = "" if kind == "absent" else ",direct"
                with outage(upstream, kind):
                    said = builds.at_once(kind, CLIENTS, behind=behind)
                assert said[::2] == ["", ""], kind
                for failure in said[1::2]:
                    assert ("404 Not Found" if kind == "absent" else "reading http://127.0.0.1") in failure, kind
                    assert kind == "absent" or "404" not in failure
                    assert "lookup" not in failure
                    assert "SECURITY ERROR" not in failure  # so says go of bytes that are not those of go.sum
            zip_ = f"/{FRESH}/@v/v1.0.0.zip"
            wait_for(lambda: fetch(url, zip_).status == 200, "the proxy to find out that upstream is back")
            assert builds.at_once("after", CLIENTS, behind=",direct") == [""] * 4
