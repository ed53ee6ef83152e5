"""x/mod to hold our rules against, and how hard hypothesis tries."""

import os
from collections.abc import Iterator

import hypothesis
import pytest

from tests.gomod.oracle import Oracle, build, running

# No deadline: an example may have to wait for a garbage collection or for other tests on the same core.
hypothesis.settings.register_profile("quick", max_examples=200, deadline=None)
hypothesis.settings.register_profile("ci", max_examples=10_000, deadline=None, derandomize=False)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "quick")


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """One long-lived process that answers with x/mod."""
    with running(build(tmp_path_factory.mktemp("xmod"))) as process:
        yield process
