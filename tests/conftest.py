"""What holds for every test: no outer variable and no other test's log leaks in, CI skips nothing, busy is no fault."""

import logging
import os
from collections.abc import Generator, Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

# How long an example takes says nothing on a machine that has other things to do.
settings.register_profile("busy", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# A developer's own settings must not decide what a test sees: each of these changes what go, git or the services do.
_CLEARED = ("GO", "CGO_", "GIT_", "NETRC")
_KEPT = "TESTS_OUTER_GOPROXY"  # a name that is not cleared: pytest's worker processes read it too


def pytest_configure(config: pytest.Config) -> None:
    """Clear the variables, keeping the module mirror that the machine is set up with."""
    config.addinivalue_line(
        "markers", "may_skip(reason): this test may be skipped even in CI, where a skip is a failure otherwise"
    )
    config.addinivalue_line(
        "markers", "takes_long: begins before others; a long file that begins last leaves all cores but one idle"
    )
    if "GOPROXY" in os.environ:
        os.environ[_KEPT] = os.environ["GOPROXY"]
    for name in [name for name in os.environ if name.startswith(_CLEARED)]:
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long first; scripts/test has xdist keep that order."""
    items.sort(key=lambda item: item.get_closest_marker("takes_long") is None)


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """Where the log goes ends with the test that said so: an operator's command sends all but errors nowhere."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test has failed: what was not run was not shown."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        marker = item.get_closest_marker("may_skip")
        if marker is None or not marker.kwargs.get("reason"):
            report.outcome = "failed"
            report.longrepr = f"skipped in CI, where everything must run: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that is skipped while it is imported."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where everything must run: {report.longrepr}"
    return report
