"""The README of each chart, made from its Chart.yaml and the comments in its values.yaml."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts.deploy import ROOT

CHARTS = (
    ROOT / "deploy/helm/gomod-proxy",
    ROOT / "deploy/helm/gomod-uploader",
    ROOT / "deploy/helm/packages-go",
    ROOT / "gateway",
)

_LINE = re.compile(r"(?P<indent> *)(?:(?P<key>[A-Za-z]+):.*|# ?(?P<comment>.*))")


@dataclass(frozen=True, slots=True)
class Value:
    """One documented value: its path `a.b.c`, what values.yaml has for it, and what its comment says."""

    path: str
    default: Any
    meaning: str

    @property
    def required(self) -> bool:
        """Whether the chart asks for it, at least under a condition that the comment names."""
        return "Required" in self.meaning


def documented_values(chart: Path) -> Iterator[Value]:
    """Every value that has a `# --` comment, in the order of the file."""
    text = (chart / "values.yaml").read_text()
    values = yaml.safe_load(text)
    parents: list[str] = []
    comment: list[str] = []
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            comment = []
        elif match["key"] is None:
            words = match["comment"]
            comment = [words.removeprefix("-- ")] if words.startswith("-- ") else [*comment, words]
            if not words.startswith("-- ") and len(comment) == 1:
                comment = []  # a comment for readers of the file alone
        else:
            parents = [*parents[: len(match["indent"]) // 2], match["key"]]
            if comment:
                yield Value(".".join(parents), _at(values, parents), " ".join(comment))
            comment = []


def _at(values: Any, path: list[str]) -> Any:  # noqa: ANN401 - YAML
    for key in path:
        values = values[key]
    return values


def readme(chart: Path) -> str:
    """The text of the chart's README.md."""
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    rows = [
        f"| `{value.path}` | {'' if value.required else f'`{json.dumps(value.default)}`'} | {value.meaning} |"
        for value in documented_values(chart)
    ]
    needs = f"Chart {about['version']}, for gomod-registry {about['appVersion']} and Kubernetes {about['kubeVersion']}."
    return "\n".join(
        [
            f"# {about['name']}",
            "",
            about["description"],
            "",
            needs.replace("-0.", "."),
            "",
            "Made by `python -m scripts.deploy.chart_docs` from Chart.yaml and values.yaml; change those. How the",
            "charts are installed together stands in docs/operations.md.",
            "",
            "## Values",
            "",
            "What has no default is yours to say: the chart does not render without it.",
            "",
            "| value | default | meaning |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def main() -> int:
    """Write the files, or check them; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.deploy.chart_docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; say which files are out of date")
    arguments = parser.parse_args()
    stale = [chart for chart in CHARTS if not _is_current(chart)]
    for chart in stale:
        if arguments.check:
            print(f"{chart / 'README.md'} is out of date: python -m scripts.deploy.chart_docs", file=sys.stderr)
        else:
            (chart / "README.md").write_text(readme(chart))
    return 1 if arguments.check and stale else 0


def _is_current(chart: Path) -> bool:
    path = chart / "README.md"
    return path.is_file() and path.read_text() == readme(chart)


if __name__ == "__main__":
    sys.exit(main())
