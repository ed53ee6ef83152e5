"""What a module costs that nobody asked for before, next to a proxy that does the least: a change of it is seen."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.bench.served import bare, ours
from tests.goproxy_server import GoProxyServer

RECORDED = 5.1
"""Our computing for a file by that of the least proxy. A change that is worth more is recorded here anew."""

TOLERANCE = 1.25
ROUNDS, MODULES = 9, 24


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory: what a disk takes for a new file depends on what it did in the last minute."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def test_a_module_that_is_fetched_costs_no_more_than_it_did(memory: Path) -> None:
    with GoProxyServer() as upstream:
        rounds = [_files_of(upstream, number) for number in range(ROUNDS + 1)]
        with (
            bare("bare_proxy.py", upstream.url, str(memory)) as least,
            ours("uvicorn", memory, upstream.url) as fetched,
        ):
            costs = [(fetched.cost(files), least.cost(files)) for files in rounds][1:]  # the first makes what lasts
    ratio = median(cost / least for cost, least in costs)
    print(f"{ratio:.2f} of {[f'{ours:.0f}/{bare:.0f}' for ours, bare in costs]}")
    assert ratio < RECORDED * TOLERANCE


def _files_of(upstream: GoProxyServer, number: int) -> list[str]:
    """Modules of a round, as go asks for them: what all are before what is in them."""
    paths = [f"github.com/some/lib{number}x{each}" for each in range(MODULES)]
    for path in paths:
        upstream.add(path, "v1.0.0")
    return [f"/{path}/@v/v1.0.0.{kind}" for kind in ("info", "mod", "zip") for path in paths]
