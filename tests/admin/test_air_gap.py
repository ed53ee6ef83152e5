"""A build in a place without upstream: exported from one registry, imported into another, built by the real go."""

from pathlib import Path

from anyio import to_thread

from gomod_admin.exits import Exit
from tests.admin.commands import on_volume, run_import
from tests.e2e.go import Go
from tests.goproxy_server import GoProxyServer
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, Running, environment, running

BILLING = f"{OWN}/billing"
MAIN = f"""\
package main

import (
	_ "example.org/a"
	_ "{BILLING}"
)

func main() {{}}
"""


def offer(upstream: GoProxyServer) -> None:
    """a requires an older b than main does: of that one go reads the go.mod alone."""
    upstream.add("example.org/b", "v1.0.0")
    upstream.add("example.org/b", "v1.1.0")
    go_mod = b"module example.org/a\n\nrequire example.org/b v1.0.0\n"
    source = b'package a\n\nimport _ "example.org/b"\n'
    upstream.add("example.org/a", "v1.0.0", {"a.go": source, "go.mod": go_mod}, mod=go_mod)


def go_through(proxy: Running, cache: Path) -> Go:
    """go with a module cache of its own, which gets all that it needs from this proxy."""
    return Go(cache, {"GOPROXY": proxy.url, "GOSUMDB": "off", "GOFLAGS": "-modcacherw -trimpath"})


async def test_a_build_without_upstream_from_a_bundle(tmp_path: Path, upstream: GoProxyServer) -> None:
    offer(upstream)
    first, second = tmp_path / "first", tmp_path / "second"
    await publish(first, BILLING, "v1.2.0")
    program = tmp_path / "program"
    program.mkdir()
    (program / "main.go").write_text(MAIN)
    (program / "go.mod").write_text(
        f"module example.org/program\n\ngo 1.16\n\nrequire (\n\texample.org/a v1.0.0\n\texample.org/b v1.1.0\n"
        f"\t{BILLING} v1.2.0\n)\n"
    )
    async with running(environment(first, upstream.url)) as proxy:
        go = go_through(proxy, tmp_path / "cache1")
        await to_thread.run_sync(lambda: go.run("mod", "tidy", cwd=program))
        await to_thread.run_sync(lambda: go.run("build", "-o", str(tmp_path / "one"), ".", cwd=program))
    go_sum = (program / "go.sum").read_text()
    assert "example.org/b v1.0.0/go.mod h1:" in go_sum
    assert "example.org/b v1.0.0 h1:" not in go_sum

    bundle = tmp_path / "bundle.tar"
    exported = await to_thread.run_sync(on_volume, first, "export", "--go-sum", program / "go.sum", bundle)
    assert exported.exit_code == Exit.DONE, exported.output
    imported = await to_thread.run_sync(run_import, second, bundle, "--go-sum", program / "go.sum")
    assert imported.exit_code == Exit.DONE, imported.output

    async with running(environment(second, "off", "offline")) as proxy:
        go = go_through(proxy, tmp_path / "cache2")
        await to_thread.run_sync(lambda: go.run("build", "-o", str(tmp_path / "two"), ".", cwd=program))
    assert (tmp_path / "two").read_bytes() == (tmp_path / "one").read_bytes()
