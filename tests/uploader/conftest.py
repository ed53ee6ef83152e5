"""One uploader for all tests of a file that only talk to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.uploader.running import Uploader, running


@pytest.fixture(scope="module")
def uploader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uploader]:
    folder = tmp_path_factory.mktemp("uploader")
    root: Path = folder / "modules"
    root.mkdir()
    with running(folder, root) as process:
        yield process
