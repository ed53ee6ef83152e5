"""Operations are timed by what they are and how they ended."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry, Histogram

from gomod.errors import Forbidden, NotFound, StoreFull, Unavailable, UpstreamTimeout
from gomod_service.operations import Stopwatch, outcome_of
from gomod_service.traces import NoTraces


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NotFound("x"), "absent"),
        (Unavailable("x"), "failed"),
        (StoreFull("x"), "failed"),
        (UpstreamTimeout("x"), "failed"),
        (Forbidden("x"), "refused"),
        (asyncio.CancelledError(), "cancelled"),
        (ZeroDivisionError(), "failed"),
    ],
)
def test_an_outcome_tells_absence_and_refusal_from_trouble(error: BaseException, outcome: str) -> None:
    assert outcome_of(error) == outcome


def test_an_operation_is_counted_under_its_outcome_and_its_error_goes_on() -> None:
    registry = CollectorRegistry()
    seconds = Histogram("test_seconds", "…", ["operation", "outcome"], registry=registry)
    stopwatch = Stopwatch("store", seconds, NoTraces())
    with stopwatch("mod", "a.b/c@v1.0.0"):
        pass
    for _ in range(2):
        with pytest.raises(NotFound), stopwatch("mod", "a.b/c@v1.0.0"):
            raise NotFound("a.b/c@v1.0.0")

    def count(outcome: str) -> float | None:
        return registry.get_sample_value("test_seconds_count", {"operation": "mod", "outcome": outcome})

    assert (count("done"), count("absent"), count("failed")) == (1, 2, None)
