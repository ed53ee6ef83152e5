"""`gomod-publish run` is all of publishing: with the source document's own variables, under the real Envoy."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from gomod_publish.state.document import State
from scripts.deploy.recipes import toolbox
from tests.e2e.namespace import what_happens_in
from tests.e2e.public import PublicModule
from tests.e2e.publish_in_namespace import BILLING, GO_MOD, SDK, TELEMETRY, TOOLS
from tests.e2e.registry import PRIVATE

UUID_TWICE = "cache: github.com/google/uuid@v1.6.0 twice"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, uuid_module: PublicModule) -> dict[str, Any]:
    """What happened in the namespace; publishing four modules twice takes a while, so once for all tests."""
    toolbox().ensure("helm")  # and kubectl, which the scripts find there
    return what_happens_in("publish_in_namespace", tmp_path_factory.mktemp("publish"), uuid_module.folder)


def test_four_modules_of_three_repositories_are_published_by_one_command(seen: dict[str, Any]) -> None:
    assert seen["first"]["status"] == 0, seen["first"].get("error")
    versions = {each["module"]: each["version"] for each in seen["first"]["versions"]}
    assert versions.items() >= {SDK: "v1.2.0", TELEMETRY: "v0.3.0", BILLING: "v2.1.0"}.items()
    assert re.fullmatch(r"v0\.9\.0-rc\.1\.0\.\d{14}-[0-9a-f]{12}", versions[TOOLS])
    assert all(each["new"] for each in seen["first"]["versions"])


def test_every_check_of_the_smoke_test_passes(seen: dict[str, Any]) -> None:
    checks = {each["check"]: each for each in seen["first"]["checks"]}
    assert len(checks) == 3 + 4 * 4 + 1
    assert all(each["passed"] for each in checks.values()), checks
    assert checks["health: uploader"]["said"].startswith("gomod-uploader ")
    assert checks[f"consumer: {SDK}@v1.2.0"]["said"].startswith(f"a program that imports {SDK} runs with v1.2.0 h1:")
    (tools,) = (each for name, each in checks.items() if name.startswith(f"consumer: {TOOLS}@"))
    assert tools["said"] == f"nothing to import; built {TOOLS}/cmd/tool"
    assert "byte for byte what was sent" in checks[f"files: {BILLING}@v2.1.0"]["said"]
    assert "first MISS, MISS, MISS, then HIT, HIT, HIT" in checks[UUID_TWICE]["said"]


def test_the_junit_file_has_every_check(seen: dict[str, Any]) -> None:
    suite = ElementTree.fromstring(seen["junit"])
    assert (suite.get("tests"), suite.get("failures")) == ("20", "0")
    assert {case.get("name") for case in suite} == {each["check"] for each in seen["again"]["checks"]}


def test_running_it_again_is_a_success_from_the_cache(seen: dict[str, Any]) -> None:
    assert seen["again"]["status"] == 0
    assert not any(each["new"] for each in seen["again"]["versions"])
    (twice,) = (each for each in seen["again"]["checks"] if each["check"] == UUID_TWICE)
    assert "first HIT, HIT, HIT" in twice["said"]


def test_the_state_says_what_was_published(seen: dict[str, Any]) -> None:
    states = {key: State.parse(text) for key, text in seen["configmap"].items()}
    published = {each["module"]: each for each in seen["first"]["versions"]}
    assert set(states) == {"ameide-sdk-go.json", "ameide-sdk-go-telemetry.json", "billing-v2.json", "tools.json"}
    for state in states.values():
        each = published[state.module.path]
        assert (state.module.version, state.h1, state.go_mod_h1) == (each["version"], each["h1"], each["go_mod_h1"])
        assert (state.commit, state.time, state.registry) == (each["commit"], each["time"], f"http://{PRIVATE}")


def test_a_consumer_pinned_to_the_state_builds_and_runs(seen: dict[str, Any]) -> None:
    assert seen["printed"] == "sdk 42\n"


def test_no_private_name_reaches_upstream(seen: dict[str, Any]) -> None:
    assert seen["asked_of_upstream"]
    assert not [path for path in seen["asked_of_upstream"] if PRIVATE in path or "ameide" in path]


def test_tilt_s_gate_opens_for_what_the_registry_serves_and_shuts_on_drift(seen: dict[str, Any]) -> None:
    assert seen["tilt"]["state"].startswith("0 ")
    assert seen["tilt"]["health"] == "0 4 keys, no drift\n"
    assert seen["tilt"]["drifted"].startswith("1 drift  files  tools.json  missing")


def test_tilt_builds_consumers_pinned_to_the_state_and_leaves_their_go_mod_alone(seen: dict[str, Any]) -> None:
    assert seen["tilt"]["built"].startswith("0 "), seen["tilt"]["built"]
    assert seen["tilt"]["program"] == "sdk 42\n"
    assert seen["tilt"]["committed"] == GO_MOD
