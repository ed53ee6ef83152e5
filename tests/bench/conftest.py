"""What all measurements of computing have in common."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _on_one_processor() -> Iterator[None]:
    """Client and servers on the same processor: what goes between two of them costs as much as chance has it."""
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_of_them)})
    yield
    os.sched_setaffinity(0, all_of_them)
