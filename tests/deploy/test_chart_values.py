"""The values of every chart: documented, asked for by name when they are required, and refused when misspelt."""

import json
from typing import Any

import pytest
import yaml

from scripts.deploy import ROOT
from scripts.deploy.chart_docs import documented_values, readme
from tests.deploy.rendering import CHARTS, Charts, RenderError, replaced, without

Values = dict[str, dict[str, dict[str, Any]]]


REQUIRED = [
    (chart, value.path)
    for chart, folder in CHARTS.items()
    for value in documented_values(ROOT / folder)
    if value.required
]


# Values that make a conditional one required.
CONDITIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("gomod-proxy", "autoscaling.minReplicas"): {"autoscaling": {"enabled": True, "maxReplicas": 2}},
    ("gomod-proxy", "autoscaling.maxReplicas"): {"autoscaling": {"enabled": True, "minReplicas": 2}},
    ("gomod-proxy", "readTokens.gateways"): {"readTokens": {"secretName": "readers"}},
}


@pytest.mark.parametrize(("chart", "path"), REQUIRED)
def test_what_is_required_is_asked_for_by_name(charts: Charts, values: Values, chart: str, path: str) -> None:
    given = values["production"][chart] | CONDITIONS.get((chart, path), {})
    with pytest.raises(RenderError, match="required") as caught:
        charts.render(chart, without(given, path))
    assert path.rpartition(".")[2] in str(caught.value)


def test_the_proxy_with_an_upstream_needs_a_way_to_it_and_without_one_needs_none(
    charts: Charts, values: Values
) -> None:
    without_egress = replaced(values["production"]["gomod-proxy"], "networkPolicy.egress", [])
    charts.render("gomod-proxy", replaced(without_egress, "settings.upstreams", "off"))
    with pytest.raises(RenderError, match="the proxy reaches no upstream"):
        charts.render("gomod-proxy", without_egress)


@pytest.mark.parametrize(
    ("chart", "path", "value", "complaint"),
    [
        ("gomod-proxy", "setings.logLevel", "info", "setings"),
        ("gomod-proxy", "settings.loglevel", "info", "loglevel"),
        ("gomod-proxy", "settings.networkMode", "fallbak", "networkMode"),
        ("gomod-proxy", "settings.publicUrl", "go.packages.dev.ameide.io", "publicUrl"),
        ("gomod-proxy", "settings.upstreams", "dirct", "upstreams"),
        ("gomod-proxy", "storage.size", "5 GB", "size"),
        ("gomod-proxy", "storage.accessMode", "ReadWriteOncePod", "accessMode"),
        ("gomod-proxy", "replicas", 0, "replicas"),
        ("gomod-proxy", "replicas", "1", "replicas"),
        ("gomod-proxy", "image.digest", "sha256:abc", "digest"),
        ("gomod-proxy", "resources.limit", {"memory": "1Gi"}, "limit"),
        ("gomod-proxy", "resources.limits", {"memry": "1Gi"}, "memry"),
        ("gomod-proxy", "networkPolicy.enabled", "false", "enabled"),
        # Without its ports, a rule lets out to everywhere.
        ("gomod-proxy", "networkPolicy.egress", [{"prots": [{"port": 443}]}], "prots"),
        ("gomod-proxy", "tolerations", [{"key": "disk", "value": "ssd", "efect": "NoSchedule"}], "efect"),
        ("gomod-uploader", "storage.claimName", "x", "claimName"),
        ("gomod-uploader", "networkPolicy.egress", [{"to": [{"ipBlock": {"cdir": "10.0.0.1/32"}}]}], "cdir"),
        ("gomod-uploader", "uploadTokens.existingSecret", "x", "existingSecret"),
        ("gomod-uploader", "autoscaling.enabled", True, "autoscaling"),
        ("gateway", "hostnames", ["http://go.packages.dev.ameide.io"], "hostnames"),
        ("gateway", "tls.enabled", "yes", "enabled"),
        ("gateway", "backend.proxy.service", "gomod-proxy", "backend"),
        ("gateway", "envoy.serviceType", "Loadbalancer", "serviceType"),
        ("packages-go", "modules", ["ameide-sdk-go"], "modules"),
        ("packages-go", "externalSecret.store", "vault", "store"),
    ],
)
def test_a_value_that_is_misspelt_or_makes_no_sense_is_refused(
    charts: Charts, values: Values, chart: str, path: str, value: object, complaint: str
) -> None:
    with pytest.raises(RenderError, match="specifications of the schema") as caught:
        charts.render(chart, replaced(values["production"][chart], path, value))
    assert complaint in str(caught.value)


# Whose keys are the operator's own.
FREE = {"labels", "matchLabels", "dashboardLabels", "podAnnotations", "nodeSelector"}


@pytest.mark.parametrize("chart", CHARTS)
def test_no_part_of_the_values_takes_a_name_that_it_does_not_know(chart: str) -> None:
    schema = json.loads((ROOT / CHARTS[chart] / "values.schema.json").read_text())

    def open_ones(node: dict[str, Any], name: str) -> list[str]:
        below = [each for key, value in node.get("properties", {}).items() for each in open_ones(value, key)]
        below += open_ones(node["items"], f"{name}[]") if "items" in node else []
        is_open = node.get("type") == "object" and not (
            node.get("additionalProperties") is False or "propertyNames" in node or name in FREE
        )
        return [name, *below] if is_open else below

    # Helm's own, in every chart: what it hands to a chart's dependencies.
    parts = [schema, *schema.get("$defs", {}).values()]
    assert {name for part in parts for name in open_ones(part, chart)} <= {"global", "gomod-service"}


def test_no_default_stands_where_only_the_operator_can_know() -> None:
    for chart, path in REQUIRED:
        node: Any = yaml.safe_load((ROOT / CHARTS[chart] / "values.yaml").read_text())
        for key in path.split("."):
            node = node[key]
        assert node in (None, "", []), f"{chart}: {path} has the default {node!r}"


@pytest.mark.parametrize("chart", CHARTS)
def test_the_readme_says_what_the_values_say(chart: str) -> None:
    assert (ROOT / CHARTS[chart] / "README.md").read_text() == readme(ROOT / CHARTS[chart])


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_is_documented_and_in_the_schema(chart: str) -> None:
    documented = [value.path for value in documented_values(ROOT / CHARTS[chart])]
    schema = json.loads((ROOT / CHARTS[chart] / "values.schema.json").read_text())

    def leaves(node: dict[str, Any], path: str) -> list[str]:
        if "properties" not in node or path in documented:
            return [path]
        return [leaf for key, value in node["properties"].items() for leaf in leaves(value, f"{path}.{key}".strip("."))]

    assert sorted(set(leaves(schema, "")) - {"global", "gomod-service"}) == sorted(documented)
