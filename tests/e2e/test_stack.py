"""Starting all of a registry by hand: what ended is said at once."""

from pathlib import Path

import pytest

from scripts.local.readiness import NotReadyError
from tests.e2e.registry import local_values, prepared_registry


def test_the_gateway_does_not_wait_for_a_service_that_ended(tmp_path: Path) -> None:
    with prepared_registry(local_values(tmp_path / "state", "off")) as registry:
        registry.stack.launch("proxy")
        registry.stack.await_ready("proxy")
        registry.stack.processes["proxy"].ask_to_stop()
        registry.stack.processes["proxy"].wait(30)
        registry.stack.launch_gateway()
        with pytest.raises(NotReadyError, match="a process ended"):
            registry.stack.await_ready("gateway")
