"""x/mod to hold our rules against, and a place for what thousands of examples write."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gomod.oracle import Oracle, build, running


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """One long-lived process that answers with x/mod."""
    with running(build(tmp_path_factory.mktemp("xmod"))) as process:
        yield process


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder, in memory where the machine has such folders: ten thousand examples write forty thousand files."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path_factory.mktemp("scratch")
        return
    with tempfile.TemporaryDirectory(prefix="gomod-tests-", dir=memory) as folder:
        yield Path(folder)
