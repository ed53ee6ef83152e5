"""What `state check` finds, and how it is told to people and to Prometheus."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import yaml

from gomod.errors import UpstreamError
from gomod.info import format_info
from gomod.layout import Kind
from gomod_publish.packed import Packed
from gomod_publish.proxy import Proxy
from gomod_publish.state.drift import Drift, against_files, against_registry, missing_keys, unreadable_keys
from gomod_publish.state.textfile import write_textfile
from scripts.deploy import ROOT
from scripts.deploy.recipes import toolbox
from tests.publish.registry import URL, FakeRegistry, problem
from tests.publish.states import SDK, TELEMETRY, state_of

BASE = "/go.example.test/x/@v/v1.0.0"


@pytest.fixture
def served(fake: FakeRegistry, packed: Packed) -> FakeRegistry:
    """A registry that serves the version."""
    for kind in get_args(Kind):
        fake.files[f"{BASE}.{kind}"] = packed.file(kind).read_bytes()
    return fake


def proxy() -> Proxy:
    return Proxy(URL, say=lambda _: None, pause=lambda _: None)


@pytest.mark.usefixtures("served")
def test_what_is_served_as_it_was_published_is_no_drift(packed: Packed) -> None:
    assert list(against_registry([state_of(packed)], proxy())) == []


@pytest.mark.usefixtures("served")
def test_anything_else_than_the_registry_has_is_drift(packed: Packed) -> None:
    right = state_of(packed)
    wrong = replace(right, h1="h1:other", go_mod_h1="h1:another", time="2020-01-01T00:00:00Z", commit="abc")
    (drift,) = against_registry([wrong], proxy())
    assert (drift.key, drift.where) == ("x.json", "registry")
    assert f"h1 {right.h1}, not h1:other" in drift.problem
    assert f"go_mod_h1 {right.go_mod_h1}, not h1:another" in drift.problem
    assert f"time {right.time}, not 2020-01-01T00:00:00Z" in drift.problem
    assert "commit c0ffee, not abc" in drift.problem


def test_a_version_that_does_not_say_its_commit_is_no_drift(served: FakeRegistry, packed: Packed) -> None:
    served.files[f"{BASE}.info"] = format_info(replace(packed.info, origin=None))
    assert list(against_registry([state_of(packed)], proxy())) == []


@pytest.mark.parametrize(
    ("kind", "data"), [("info", None), ("mod", None), ("zip", None), ("info", b"{"), ("zip", b"PK")]
)
def test_a_file_that_is_gone_or_broken_is_drift(
    served: FakeRegistry, packed: Packed, kind: str, data: bytes | None
) -> None:
    del served.files[f"{BASE}.{kind}"]
    if data is not None:
        served.files[f"{BASE}.{kind}"] = data
    (drift,) = against_registry([state_of(packed)], proxy())
    assert drift.where == "registry"


def test_a_registry_in_trouble_is_no_drift(served: FakeRegistry, packed: Packed) -> None:
    served.failures.append(problem(500, "bug", "ours"))
    with pytest.raises(UpstreamError):
        list(against_registry([state_of(packed)], proxy()))


def test_keys_that_are_missing_or_hold_something_else_are_drift() -> None:
    data = {SDK.key: SDK.text(), "a.json": "oops", "b.json": TELEMETRY.text()}
    assert [drift.key for drift in missing_keys(data, [SDK.module.path, "go.example.test/new"])] == ["new.json"]
    told = {drift.key: drift.problem for drift in unreadable_keys(data)}
    assert set(told) == {"a.json", "b.json"}
    assert "belongs in telemetry.json" in told["b.json"]


def test_files_that_differ_from_the_configmap_are_drift() -> None:
    data = {"same.json": "1", "other.json": "2", "absent.json": "3"}
    files = {"same.json": "1", "other.json": "1", "left.json": "4"}
    told = {drift.key: drift.problem.partition(":")[0] for drift in against_files(data, files)}
    assert told == {
        "other.json": "another one than in the ConfigMap",
        "absent.json": "missing",
        "left.json": "left over",
    }


def test_prometheus_reads_the_textfile(tmp_path: Path) -> None:
    drifts = [Drift("gone.json", "configmap", "missing"), Drift('odd"\\key.json', "files", "left over")]
    (tmp_path / "metrics").mkdir()
    path = tmp_path / "metrics" / "gomod_state.prom"
    write_textfile(path, [SDK.key], drifts)
    text = path.read_text()
    assert 'gomod_state_drift{key="ameide-sdk-go.json",where="registry"} 0\n' in text
    assert 'gomod_state_drift{key="gone.json",where="configmap"} 1\n' in text
    assert re.search(r"^gomod_state_check_timestamp_seconds \d{10}$", text, re.MULTILINE)
    promtool = toolbox().ensure("promtool") / "promtool"
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert [each.name for each in path.parent.iterdir()] == ["gomod_state.prom"]
    assert path.stat().st_mode & 0o777 == 0o644  # whoever runs node_exporter is somebody else


def test_the_documented_alerts_fire_on_what_the_textfile_says(tmp_path: Path) -> None:
    section = (ROOT / "docs/publishing.md").read_text().partition("**Alerting.**")[2]
    rules = yaml.safe_load(section.partition("```yaml\n")[2].partition("```")[0])
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "documented", "rules": rules}]}))
    write_textfile(tmp_path / "state.prom", [SDK.key], [Drift("gone.json", "configmap", "missing")])
    found = [line.rsplit(" ", 1) for line in (tmp_path / "state.prom").read_text().splitlines() if line[0] != "#"]
    # promtool's clock begins at 0: so does the check that was made last.
    series = [{"series": name, "values": f"{value if value in '01' else 0}x1500"} for name, value in found]
    drift = {"exp_labels": {"key": "gone.json", "where": "configmap"}}
    expected = [
        ("5m", "GomodStateDrift", [drift]),
        ("5m", "GomodStateNotChecked", []),
        ("24h1m", "GomodStateNotChecked", [{}]),
    ]
    alerts = [{"eval_time": at, "alertname": name, "exp_alerts": alerts} for at, name, alerts in expected]
    judged = [{"interval": "1m", "input_series": series, "alert_rule_test": alerts}]
    (tmp_path / "tests.yaml").write_text(json.dumps({"rule_files": ["rules.yaml"], "tests": judged}))
    promtool = toolbox().ensure("promtool") / "promtool"
    done = subprocess.run([promtool, "test", "rules", tmp_path / "tests.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
