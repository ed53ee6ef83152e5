"""What an answer from memory costs, next to a bare ASGI application on the same server: a change of it is seen."""

from pathlib import Path
from statistics import median

import pytest

from gomod_service.serve import ServerName
from tests.bench.served import bare, ours
from tests.goproxy_server import GoProxyServer

FILES = ["/github.com/some/lib/@v/v1.0.0.info"] * 400

RECORDED: dict[ServerName, float] = {"granian": 1.51, "hypercorn": 1.18, "uvicorn": 0.32}
"""Our computing for a request by that of the bare application. A change that is worth more is recorded here anew."""

TOLERANCE = 1.25
ROUNDS = 12


@pytest.mark.parametrize("server", list(RECORDED))
def test_a_hit_costs_no_more_than_it_did(server: ServerName, tmp_path: Path) -> None:
    with GoProxyServer() as upstream:
        upstream.add("github.com/some/lib", "v1.0.0")
        with bare("bare_app.py", server) as least, ours(server, tmp_path, upstream.url) as hit:
            hit.cost(FILES)  # the first one is fetched, the second one comes from the store
            costs = [(hit.cost(FILES), least.cost(FILES)) for _ in range(ROUNDS)]
    # Of neighbours in time: what else this machine does hits both, and the median forgets what hit one.
    ratio = median(cost / least for cost, least in costs)
    print(f"{server}: {ratio:.2f} of {[f'{ours:.0f}/{bare:.0f}' for ours, bare in costs]}")
    assert ratio < RECORDED[server] * TOLERANCE
