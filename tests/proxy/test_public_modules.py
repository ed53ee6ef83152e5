"""Public modules: the first time from upstream, ever after from the store."""

from tests.goproxy_server import GoProxyServer
from tests.proxy.running import Running

UUID = "github.com/google/uuid"
BASE = f"/{UUID}/@v/v1.6.0"


async def test_every_file_comes_from_upstream_once_and_then_from_the_store(
    upstream: GoProxyServer, proxy: Running
) -> None:
    upstream.add(UUID, "v1.6.0")
    for kind in ("info", "mod", "zip"):
        first, second = await proxy.get(f"{BASE}.{kind}"), await proxy.get(f"{BASE}.{kind}")
        assert (first.status_code, first.headers["x-cache"]) == (200, "MISS"), first.text
        assert (second.status_code, second.headers["x-cache"]) == (200, "HIT")
        assert first.content == second.content == upstream.body(f"{BASE}.{kind}")
    assert upstream.asked() == [f"{BASE}.info", f"{BASE}.mod", f"{BASE}.zip"]
