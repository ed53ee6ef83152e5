"""Alerts that fire when they should and only then, by promtool; a runbook heading for each; a dashboard."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

import gomod_proxy.metrics as metrics
import gomod_service.observability as observability
from scripts.deploy import ROOT
from scripts.deploy.toolbox import Toolbox
from tests.deploy.conftest import Rendered
from tests.deploy.rendering import Document, of_kind, one

SERVICES = ("gomod-proxy", "gomod-uploader")
CLAIM = "athens-proxy-storage"


def rules(rendered: Rendered) -> list[Document]:
    """Every alert of production."""
    return [
        rule
        for chart in SERVICES
        for group in one(rendered["production", chart], "PrometheusRule")["spec"]["groups"]
        for rule in group["rules"]
    ]


@pytest.fixture
def rule_file(rendered: Rendered, tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    groups = [
        group for chart in SERVICES for group in one(rendered["production", chart], "PrometheusRule")["spec"]["groups"]
    ]
    path.write_text(yaml.safe_dump({"groups": groups}))
    return path


def promtool(box: Toolbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = str(box.ensure("promtool") / "promtool")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_promtool_takes_the_rules(box: Toolbox, rule_file: Path) -> None:
    done = promtool(box, "check", "rules", "--lint=all", "--lint-fatal", str(rule_file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS: 9 rules found" in done.stdout


REQUESTS = 'gomod_requests_total{namespace="ameide", job="gomod-proxy", endpoint="info", status="%s", cache="%s"}'

CASES: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "all is well": (
        [
            (REQUESTS % ("200", "HIT"), "0+600x60"),
            ('kube_deployment_status_replicas_available{namespace="ameide", deployment="gomod-proxy"}', "2x60"),
        ],
        [],
    ),
    "no pod is ready": (
        [('kube_deployment_status_replicas_available{namespace="ameide", deployment="gomod-proxy"}', "0x60")],
        ["GomodUnavailable"],
    ),
    "a tenth of the answers is 500": (
        [(REQUESTS % ("200", "HIT"), "0+540x60"), (REQUESTS % ("500", ""), "0+60x60")],
        ["GomodErrors"],
    ),
    "readiness says no, which is not a client's error": (
        [
            (REQUESTS % ("200", "HIT"), "0+60x60"),
            (REQUESTS.replace('"info"', '"readyz"') % ("503", ""), "0+60x60"),
        ],
        [],
    ),
    "upstream is away and the store answers": (
        [(REQUESTS % ("200", "HIT"), "0+600x60"), (REQUESTS % ("200", "STALE"), "0+60x60")],
        ["GomodUpstreamTrouble"],
    ),
    "upstream is away and now and then a module is not there": (
        [(REQUESTS % ("200", "HIT"), "0+6000x60"), (REQUESTS % ("502", "MISS"), "0+30x60")],
        ["GomodUpstreamTrouble"],
    ),
    "upstream sends other bytes than those on record": (
        [
            (
                'gomod_upstream_refused_total{namespace="ameide", job="gomod-proxy", reason="checksum_mismatch"}',
                "0x50 1x10",
            )
        ],
        ["GomodOtherBytes"],
    ),
    "upstream sends nonsense": (
        [('gomod_upstream_refused_total{namespace="ameide", job="gomod-proxy", reason="nonsense"}', "0x50 1x10")],
        [],
    ),
    "a checksum database has two histories": (
        [('gomod_checksum_lies_total{namespace="ameide", job="gomod-proxy", database="x", kind="fork"}', "0x50 1x10")],
        ["GomodOtherBytes"],
    ),
    "a file could not be reloaded": (
        [('gomod_reload_failures_total{namespace="ameide", job="gomod-uploader", file="tokens"}', "0x50 1x10")],
        ["GomodFileNotReloaded"],
    ),
    "the volume has 5 % left": (
        [
            (f'kubelet_volume_stats_{what}_bytes{{namespace="ameide", persistentvolumeclaim="{CLAIM}"}}', size)
            for what, size in (("available", "5x60"), ("capacity", "100x60"))
        ],
        ["GomodVolumeFillsUp"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_alert_fires_when_it_should_and_only_then(
    box: Toolbox, rendered: Rendered, rule_file: Path, tmp_path: Path, case: str
) -> None:
    series, firing = CASES[case]
    names = {rule["alert"] for rule in rules(rendered)}
    tests = {
        "rule_files": [str(rule_file)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series],
                # How often an alert fires, by name, an hour in: labels and texts are not the point here.
                "promql_expr_test": [
                    {
                        "expr": f'count(ALERTS{{alertname="{name}", alertstate="firing"}})',
                        "eval_time": "55m",
                        "exp_samples": [{"labels": "{}", "value": 1}] if name in firing else [],
                    }
                    for name in sorted(names)
                ],
            }
        ],
    }
    path = tmp_path / "tests.yaml"
    path.write_text(yaml.safe_dump(tests))
    done = promtool(box, "test", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_links_to_a_heading_of_the_runbook(rendered: Rendered) -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text()
    headings = {
        re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"(?m)^#+ (.+)$", runbook)
    }
    for rule in rules(rendered):
        page, _, heading = rule["annotations"]["runbook_url"].partition("#")
        assert page.endswith("/docs/operations.md")
        assert heading in headings, f"{rule['alert']} links to {heading}"


def test_alerts_and_dashboard_ask_for_metrics_that_the_services_have(rendered: Rendered) -> None:
    ours = {
        name
        for metric in [*vars(observability).values(), *vars(metrics).values()]
        if isinstance(metric, MetricWrapperBase)
        for family in metric.describe()
        for name in (
            [f"{family.name}_total"]
            if family.type == "counter"
            else [f"{family.name}_bucket", f"{family.name}_sum", f"{family.name}_count"]
        )
    }
    assert "gomod_requests_total" in ours
    expressions = [rule["expr"] for rule in rules(rendered)]
    (dashboard,) = [
        each
        for each in of_kind(rendered["production", "gomod-proxy"], "ConfigMap")
        if each["metadata"]["name"] == "gomod-proxy-dashboard"
    ]
    panels = json.loads(dashboard["data"]["gomod-registry.json"])["panels"]
    expressions += [target["expr"] for panel in panels for target in panel["targets"]]
    asked = {name for expression in expressions for name in re.findall(r"\bgomod_\w+", expression)}
    assert asked <= ours


def test_what_is_scraped_is_the_metrics_service(rendered: Rendered) -> None:
    for chart in SERVICES:
        documents = rendered["production", chart]
        monitor = one(documents, "ServiceMonitor")["spec"]
        service = one(documents, "Service", f"{chart}-metrics")
        assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        assert not monitor["selector"]["matchLabels"].items() <= (
            one(documents, "Service", chart)["metadata"]["labels"].items()
        )
        assert [each["port"] for each in monitor["endpoints"]] == [each["name"] for each in service["spec"]["ports"]]
        assert monitor["jobLabel"] in service["metadata"]["labels"]  # alerts select by job


def test_without_monitoring_nothing_of_it_is_made(rendered: Rendered) -> None:
    for chart in SERVICES:
        kinds = {document["kind"] for document in rendered["local", chart]}
        assert not kinds & {"ServiceMonitor", "PrometheusRule"}
