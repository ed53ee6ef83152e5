"""What the names of these tests say: which server carries the proxies that they ask."""

from pathlib import Path

import pytest

from tests.proxy.running import Running, environment


def test_proxies_run_on_the_server_that_a_test_has_in_its_name(request: pytest.FixtureRequest, volume: Path) -> None:
    """It must not ask for `server` by itself: most tests don't, and ran all on one while they were named for three."""
    assert Running.__name__ in globals()  # what has a file's tests run on every server
    assert request.node.name.endswith(f"[{environment(volume, '')['GOMOD_SERVER']}]")
