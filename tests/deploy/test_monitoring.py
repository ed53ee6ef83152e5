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
import gomod_service.volume_metrics as volume_metrics
from scripts.deploy import ROOT
from scripts.deploy.toolbox import Toolbox
from tests.deploy.conftest import Rendered
from tests.deploy.rendering import Document, of_kind, one

SERVICES = ("gomod-proxy", "gomod-uploader")
ALERTING = (*SERVICES, "packages-go")


def groups(rendered: Rendered) -> list[Document]:
    """The groups of alerts of production."""
    return [
        group for chart in ALERTING for group in one(rendered["production", chart], "PrometheusRule")["spec"]["groups"]
    ]


def rules(rendered: Rendered) -> list[Document]:
    """Every alert of production."""
    return [rule for group in groups(rendered) for rule in group["rules"]]


@pytest.fixture
def rule_file(rendered: Rendered, tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": groups(rendered)}))
    return path


def promtool(box: Toolbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = str(box.ensure("promtool") / "promtool")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_promtool_takes_the_rules(box: Toolbox, rule_file: Path) -> None:
    done = promtool(box, "check", "rules", "--lint=all", "--lint-fatal", str(rule_file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS: 17 rules found" in done.stdout


REQUESTS = 'gomod_requests_total{namespace="ameide", job="gomod-proxy", endpoint="info", status="%s", cache="%s"}'
UPLOADS = 'gomod_requests_total{namespace="ameide", job="gomod-uploader", endpoint="upload", status="%s", cache=""}'
PODS = 'kube_deployment_status_replicas_available{namespace="ameide", deployment="gomod-proxy"}'
PROXY = 'namespace="ameide", job="gomod-proxy"'
FOLDERS = {job: f'namespace="ameide", job="{job}", folder="/scratch"' for job in SERVICES}
CHECKED = 'kube_cronjob_status_last_successful_time{namespace="ameide", cronjob="package-go-state-check"}'

# What is: the series, minute by minute for an hour, and the alerts that fire by its end.
Series = list[tuple[str, str]]
CASES: dict[str, tuple[Series, list[str]]] = {
    "all is well": ([(REQUESTS % ("200", "HIT"), "0+600x60"), (PODS, "2x60")], []),
    "no pod is ready": ([(PODS, "0x60")], ["GomodUnavailable"]),
    "no pod of the uploader is ready": (
        [(PODS, "2x60"), (PODS.replace("gomod-proxy", "gomod-uploader"), "0x60")],
        ["GomodUnavailable"],
    ),
    "a tenth of the answers is 500": (
        [(REQUESTS % ("200", "HIT"), "0+540x60"), (REQUESTS % ("500", ""), "0+60x60")],
        ["GomodErrorBudgetBurnsFast", "GomodErrorBudgetBurnsSlow"],
    ),
    "one upload in a hundred meets a full disk": (
        [(UPLOADS % "201", "0+594x60"), (UPLOADS % "507", "0+6x60")],
        ["GomodErrorBudgetBurnsSlow"],
    ),
    "one answer in two thousand is 500, which the objective has room for": (
        [(REQUESTS % ("200", "HIT"), "0+1999x60"), (REQUESTS % ("500", ""), "0+1x60")],
        [],
    ),
    "errors that are over half an hour ago": (
        [(REQUESTS % ("200", "HIT"), "0+540x60"), (REQUESTS % ("500", ""), "0+60x10 600x50")],
        [],
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
        [(f'gomod_upstream_refused_total{{{PROXY}, reason="checksum_mismatch"}}', "0x50 1x10")],
        ["GomodOtherBytes"],
    ),
    "upstream sends nonsense": ([(f'gomod_upstream_refused_total{{{PROXY}, reason="nonsense"}}', "0x50 1x10")], []),
    "a checksum database has two histories": (
        [(f'gomod_checksum_lies_total{{{PROXY}, database="x", kind="fork"}}', "0x50 1x10")],
        ["GomodOtherBytes"],
    ),
    "a file could not be reloaded": (
        [('gomod_reload_failures_total{namespace="ameide", job="gomod-uploader", file="tokens"}', "0x50 1x10")],
        ["GomodFileNotReloaded"],
    ),
    "the volume has 5 % left, and two pods say so": (
        [
            (f'gomod_volume_{what}{{{PROXY}, pod="{pod}", folder="/var/lib/gomod"}}', size)
            for pod in ("a", "b")
            for what, size in (("free_bytes", "5x60"), ("bytes", "100x60"))
        ],
        ["GomodVolumeFillsUp"],
    ),
    "there is a bucket, and the uploader's folder for staging has 5 % left and work of three hours in it": (
        [
            (f"gomod_volume_{what}{{{FOLDERS[job]}}}", values)
            for job, free in (("gomod-proxy", "60x60"), ("gomod-uploader", "5x60"))
            for what, values in (
                ("free_bytes", free),
                ("bytes", "100x60"),
                ("oldest_staging_seconds", "0x60" if job == "gomod-proxy" else "10800+60x60"),
            )
        ],
        ["GomodStagingStuck", "GomodVolumeFillsUp"],
    ),
    "the volume has hardly a file left": (
        [
            (f'gomod_volume_{what}{{{PROXY}, folder="/var/lib/gomod"}}', size)
            for what, size in (
                ("free_inodes", "5x60"),
                ("inodes", "100x60"),
                ("free_bytes", "50x60"),
                ("bytes", "99x60"),
            )
        ],
        ["GomodInodesRunOut"],
    ),
    "the file system makes inodes as it needs them": (
        [(f'gomod_volume_{what}{{{PROXY}, folder="/var/lib/gomod"}}', "0x60") for what in ("free_inodes", "inodes")],
        [],
    ),
    "an upload lies there since three hours": (
        [(f'gomod_volume_oldest_staging_seconds{{{PROXY}, folder="/var/lib/gomod"}}', "10800+60x60")],
        ["GomodStagingStuck"],
    ),
    "a version of our own was found damaged": (
        [
            (f'gomod_scrub_findings_total{{{PROXY}, problem="damaged"}}', "0x50 1x10"),
            (f"gomod_lost_versions{{{PROXY}}}", "0x50 1x10"),
        ],
        ["GomodDamaged", "GomodScrubFindings"],
    ),
    "the scrub meets what Athens has left": (
        [(f'gomod_scrub_findings_total{{{PROXY}, problem="incomplete"}}', "0x50 9x10")],
        [],
    ),
    "nothing was read for ten days": ([(f"gomod_scrub_age_seconds{{{PROXY}}}", "864000+60x60")], ["GomodScrubOverdue"]),
    "the state is in order": ([(CHECKED, "0+60x60")], []),
    "the state was last in order before the check began to fail": ([(CHECKED, "-20000x60")], ["GomodStateNotInOrder"]),
}


@pytest.mark.parametrize("case", CASES)
def test_an_alert_fires_when_it_should_and_only_then(
    box: Toolbox, rendered: Rendered, rule_file: Path, tmp_path: Path, case: str
) -> None:
    series, firing = CASES[case]
    if all(name != CHECKED for name, _ in series):
        series = [*series, (CHECKED, "0+60x60")]
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


def test_every_alert_is_seen_to_fire(rendered: Rendered) -> None:
    assert {alert for _, firing in CASES.values() for alert in firing} == {rule["alert"] for rule in rules(rendered)}


def test_a_state_that_was_never_checked_is_not_in_order(box: Toolbox, rule_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "tests.yaml"
    expected = {"labels": '{cronjob="package-go-state-check", namespace="ameide"}', "value": 1}
    test = {
        "expr": 'count by (cronjob, namespace) (ALERTS{alertname="GomodStateNotInOrder", alertstate="firing"})',
        "eval_time": "90m",
        "exp_samples": [expected],
    }
    tests = [{"interval": "1m", "input_series": [], "promql_expr_test": [test]}]
    path.write_text(yaml.safe_dump({"rule_files": [str(rule_file)], "evaluation_interval": "1m", "tests": tests}))
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
        for module in (observability, volume_metrics, metrics)
        for metric in vars(module).values()
        if isinstance(metric, MetricWrapperBase)
        for family in metric.describe()
        for name in (
            {
                "counter": [f"{family.name}_total"],
                "gauge": [family.name],
                "histogram": [f"{family.name}_bucket", f"{family.name}_sum", f"{family.name}_count"],
            }[family.type]
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
    for chart in ALERTING:
        kinds = {document["kind"] for document in rendered["local", chart]}
        assert not kinds & {"ServiceMonitor", "PrometheusRule"}


PROMISES = (
    "cache",  # hit ratio: gomod_requests_total by where the answer came from
    "gomod_response_bytes_total",
    "gomod_upstream_seconds_bucket",
    "gomod_upstream_requests_total",
    "gomod_flights_joined_total",
    'operation="wait"',
    'operation="commit"',
    "gomod_volume_free_bytes",
    "gomod_volume_free_inodes",
    "gomod_volume_oldest_staging_seconds",
    "gomod_reload_failures_total",
    "gomod_upstream_refused_total",
    "gomod_checksum_lies_total",
    "gomod_scrub_age_seconds",
    "package-go-state-check",
)


@pytest.mark.parametrize("promise", PROMISES)
def test_the_dashboard_shows_whether_each_promise_is_kept(promise: str) -> None:
    dashboard = json.loads((ROOT / "deploy/helm/gomod-proxy/files/dashboard.json").read_text())
    assert any(promise in target["expr"] for panel in dashboard["panels"] for target in panel["targets"])


def test_the_panels_of_the_dashboard_lie_beside_each_other() -> None:
    panels = json.loads((ROOT / "deploy/helm/gomod-proxy/files/dashboard.json").read_text())["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len({panel["id"] for panel in panels}) == len(panels)
