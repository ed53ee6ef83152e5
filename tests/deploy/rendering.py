"""The charts as helm renders them, with the values of an environment or with values of a test's own."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from scripts.deploy import ROOT
from scripts.local.environment import read_environment

ENVIRONMENTS = ("local", "staging", "production")
CHARTS = {
    "gomod-proxy": "deploy/helm/gomod-proxy",
    "gomod-uploader": "deploy/helm/gomod-uploader",
    "gateway": "gateway",
    "packages-go": "deploy/helm/packages-go",
}
UPSTREAMS = "https://upstream.example"

Document = dict[str, Any]


class RenderError(Exception):
    """helm refused; the text is what it said."""


class Charts:
    """A copy of the charts, with their dependencies in place (which helm writes into the chart's own folder)."""

    def __init__(self, helm: Path, folder: Path) -> None:
        self.helm = helm
        self.folder = folder
        for name in ("deploy/helm", "gateway"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("charts", "Chart.lock"))
        for path in CHARTS.values():
            self._run("dependency", "build", str(folder / path))
        self._make_values_chart()

    def path(self, chart: str) -> Path:
        """The chart's folder."""
        return self.folder / CHARTS[chart]

    def values(self, environment: str, **changes: str) -> dict[str, dict[str, Any]]:
        """The values that the layers give each chart in an environment: helmfile's templates, rendered by helm.

        `changes` are lines that the environment's file has otherwise.
        """
        file = read_environment(ROOT / "environments" / f"{environment}.env", given={"ROOT": str(ROOT)}, required=())
        assert set(changes) <= set(file)
        given = {**file, "GOMOD_UPSTREAMS": UPSTREAMS, **changes}
        text = self._template("values", self.folder / "values", given)
        return {
            Path(document["source"]).stem: document["values"]
            for document in yaml.safe_load_all(text)
            if document is not None
        }

    def render(self, chart: str, values: Mapping[str, Any], release: str | None = None) -> list[Document]:
        """Every object of a chart; the release has the chart's name unless another is given. Raises RenderError."""
        text = self._template(release or chart, self.path(chart), values)
        return [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document]

    def lint(self, chart: str, values: Mapping[str, Any]) -> None:
        """Raises RenderError when helm finds anything to say about the chart."""
        self._run("lint", "--strict", "--quiet", str(self.path(chart)), "--values", self._write(values))

    def _template(self, name: str, path: Path, values: Mapping[str, Any]) -> str:
        return self._run("template", name, str(path), "--namespace", "ameide", "--values", self._write(values))

    def _write(self, values: Mapping[str, Any]) -> str:
        path = self.folder / "given-values.yaml"
        path.write_text(yaml.safe_dump(dict(values)))
        return str(path)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(self.helm), *arguments], capture_output=True, text=True, check=False, env={"HOME": str(self.folder)}
        )
        if done.returncode != 0:
            raise RenderError(done.stdout + done.stderr)
        return done.stdout

    def _make_values_chart(self) -> None:
        """helmfile takes minutes to compile, helm is there in a second, and both speak the same template language."""
        chart = self.folder / "values"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: values\nversion: 0.1.0\n")
        for path in (ROOT / "deploy/helmfile/values").glob("*.yaml.gotmpl"):
            name = path.name.removesuffix(".gotmpl")
            indented = "\n".join(f"  {line}" for line in path.read_text().splitlines())
            (chart / "templates" / name).write_text(f"source: {name}\nvalues:\n{indented}\n")


def of_kind(documents: list[Document], kind: str) -> list[Document]:
    """The objects of one kind."""
    return [document for document in documents if document["kind"] == kind]


def one(documents: list[Document], kind: str, name: str | None = None) -> Document:
    """The one object of a kind (and name)."""
    found = [each for each in of_kind(documents, kind) if name is None or each["metadata"]["name"] == name]
    assert len(found) == 1, [each["metadata"]["name"] for each in found]
    return found[0]


def without(values: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The values with one of them, `a.b.c`, empty again."""
    return replaced(values, path, None)


def replaced(values: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - YAML
    """The values with another one, or a new one, at `a.b.c`."""
    head, _, rest = path.partition(".")
    copy = dict(values)
    copy[head] = replaced(copy.get(head) or {}, rest, value) if rest else value
    return copy


def pod_of(documents: list[Document]) -> Document:
    """The only pod that a chart runs: of its Deployment, or of its helm test."""
    if deployments := of_kind(documents, "Deployment"):
        assert len(deployments) == 1
        pod: Document = deployments[0]["spec"]["template"]
        return pod
    return one(documents, "Pod")


def state_check(documents: list[Document]) -> Document:
    """The pod that looks whether the state is in order."""
    pod: Document = one(documents, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]
    return pod
