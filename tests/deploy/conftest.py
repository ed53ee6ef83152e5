"""Tools, and the charts rendered for every environment, once for all tests of the deployment."""

from pathlib import Path

import pytest

from scripts.deploy.recipes import toolbox
from scripts.deploy.toolbox import Toolbox
from tests.deploy.rendering import CHARTS, ENVIRONMENTS, Charts, Document

Rendered = dict[tuple[str, str], list[Document]]  # (environment, chart) to its objects


@pytest.fixture(scope="session")
def box() -> Toolbox:
    return toolbox()


@pytest.fixture(scope="session")
def charts(box: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Charts:
    return Charts(box.ensure("helm") / "helm", tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="session")
def values(charts: Charts) -> dict[str, dict[str, dict[str, object]]]:
    """environment to chart to its values."""
    return {environment: charts.values(environment) for environment in ENVIRONMENTS}


@pytest.fixture(scope="session")
def rendered(charts: Charts, values: dict[str, dict[str, dict[str, object]]]) -> Rendered:
    return {
        (environment, chart): charts.render(chart, values[environment][chart])
        for environment in ENVIRONMENTS
        for chart in CHARTS
    }


@pytest.fixture(scope="session")
def heavy(box: Toolbox) -> "HeavyTools":
    return HeavyTools(box)


class HeavyTools:
    """Programs that take minutes to compile: a test that needs one runs where it has been made."""

    def __init__(self, box: Toolbox) -> None:
        self._box = box

    def program(self, name: str) -> Path:
        """The program's path; skips the test when it has not been made."""
        folder = self._box.find(name)
        if folder is None:
            pytest.skip(f"{name} is not in {self._box.folder}; `scripts/tools {name}` compiles it")
        return folder / name
