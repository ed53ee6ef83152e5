"""The GitHub workflow's own steps, run under the real Envoy: publish, smoke, and only then consumers."""

from typing import Any

import pytest

from gomod_publish.state.document import State
from tests.e2e.namespace import what_happens_in
from tests.e2e.public import PublicModule
from tests.e2e.workflow_in_namespace import SDK, TOOLS


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, uuid_module: PublicModule) -> dict[str, Any]:
    """What happened in the namespace."""
    return what_happens_in("workflow_in_namespace", tmp_path_factory.mktemp("workflow"), uuid_module.folder)


def test_a_push_publishes_smokes_and_builds_consumers_without_any_secret(seen: dict[str, Any]) -> None:
    jobs = seen["good"]["jobs"]
    assert {name: job["outcome"] for name, job in jobs.items()} == dict.fromkeys(
        ("publish", "cluster", "consumers"), "success"
    ), jobs
    assert f"uploaded {SDK}@v1.0.0 h1:" in jobs["publish"]["printed"]
    assert f"ok    consumer: {SDK}@v1.0.0  a program that imports {SDK} runs" in jobs["publish"]["printed"]
    assert "then HIT, HIT, HIT" in jobs["publish"]["printed"]
    assert f"consumer/go.mod: {SDK}@v1.0.0" in jobs["consumers"]["printed"]
    assert f"require {SDK} v1.0.0\n" in seen["good"]["pinned"]


def test_what_others_need_of_a_run_is_among_its_artifacts(seen: dict[str, Any]) -> None:
    log = "artifacts/helm-tests/packages-go-local.log"
    assert seen["good"]["artifacts"] == [log, "artifacts/smoke/smoke.xml", "artifacts/state/ameide-sdk-go.json"]


def test_a_module_that_consumers_can_not_build_stops_the_run_before_them(seen: dict[str, Any]) -> None:
    jobs = seen["broken"]["jobs"]
    assert {name: job["outcome"] for name, job in jobs.items()} == {
        "publish": "failure",
        "cluster": "skipped",
        "consumers": "skipped",
    }
    assert "undefined: missing" in jobs["publish"]["printed"]
    assert "docs/publishing.md#a-consumer-does-not-build-or-run" in jobs["publish"]["printed"]
    assert "Publish and smoke ended with 7" in jobs["publish"]["printed"]


def test_the_cluster_s_own_test_runs_between_by_the_documented_command(seen: dict[str, Any]) -> None:
    (helmfile,) = [line for line in seen["asked"] if line.startswith("helmfile")]
    assert helmfile == "helmfile -e local -l stage=package-registries test --logs"
    installs = [line for line in seen["asked"] if line.startswith("python")]
    assert set(installs) == {"python -m pip install --constraint constraints.txt .[publish]"}


def test_the_helm_test_s_entry_point_publishes_by_the_pod_s_own_identity(seen: dict[str, Any]) -> None:
    good = seen["pod"]["good"]
    assert good["status"] == 0, good
    assert f"uploaded {TOOLS}@v0.1.0 h1:" in good["printed"]
    assert "package-go-runner: published, smoke-tested and put down in go-packages-state: " in good["printed"]
    (state,) = (State.parse(text) for text in seen["pod"]["configmap"].values())
    assert str(state.module) == f"{TOOLS}@v0.1.0"


def test_the_helm_test_s_entry_point_says_where_to_read_on_when_it_fails(seen: dict[str, Any]) -> None:
    dirty = seen["pod"]["dirty"]
    assert (dirty["status"], dirty["printed"]) == (3, "")
    assert "commit, remove or ignore tools.go" in dirty["complained"]
    assert dirty["complained"].splitlines()[-1] == (
        "package-go-runner: failed; what to do: docs/operations.md#the-publish-test-fails"
    )
