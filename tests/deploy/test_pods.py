"""What the pods are: their settings are the services' own, they may do little, and they go without losing anything."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gomod_proxy.policy import parse_policy
from gomod_proxy.settings import ProxySettings
from gomod_service.settings import SettingsClass, read_settings, variables
from gomod_uploader.settings import Settings as UploaderSettings
from gomod_uploader.trusted_publishers import parse_trust
from scripts.deploy import ROOT
from tests.deploy.conftest import Rendered
from tests.deploy.rendering import CHARTS, ENVIRONMENTS, Charts, of_kind, one, pod_of, replaced

SERVICES: dict[str, type[SettingsClass]] = {"gomod-proxy": ProxySettings, "gomod-uploader": UploaderSettings}

each_service = pytest.mark.parametrize("chart", SERVICES)
each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


@each_service
@each_environment
def test_the_settings_are_ones_that_the_service_has_and_takes(rendered: Rendered, chart: str, environment: str) -> None:
    environ = one(rendered[environment, chart], "ConfigMap", chart)["data"]
    known = {variable.name for _, variable in variables(SERVICES[chart])}
    assert set(environ) <= known
    read_settings(SERVICES[chart], environ)  # raises when one is missing or wrong


@each_service
def test_every_tuning_variable_of_the_service_can_be_set_and_no_other(chart: str) -> None:
    schema = json.loads((ROOT / CHARTS[chart] / "values.schema.json").read_text())
    offered = set(schema["properties"]["settings"]["properties"]["tuning"]["properties"])
    tuning = {variable.name for _, variable in variables(SERVICES[chart]) if variable.tuning is not None}
    files = {"GOMOD_POLICY_FILE", "GOMOD_NETRC_FILE", "GOMOD_TRUSTED_PUBLISHERS_FILE", "GOMOD_READ_TOKENS_FILE"}
    set_otherwise = files | {"GOMOD_SHUTDOWN_SECONDS", "GOMOD_SUMDBS", "GOMOD_TRACES_URL", "GOMOD_READ_GATEWAYS"}
    assert offered == tuning - set_otherwise


def test_a_tuning_variable_reaches_the_service(charts: Charts, values: dict[str, dict[str, dict[str, object]]]) -> None:
    given = replaced(values["local"]["gomod-proxy"], "settings.tuning", {"GOMOD_LIST_TTL": 5})
    assert one(charts.render("gomod-proxy", given), "ConfigMap", "gomod-proxy")["data"]["GOMOD_LIST_TTL"] == "5"


def test_a_large_number_reaches_the_service_with_all_its_digits(
    charts: Charts, values: dict[str, dict[str, dict[str, object]]]
) -> None:
    given = replaced(values["local"]["gomod-proxy"], "settings.tuning", {"GOMOD_SCRUB_BYTES_PER_SECOND": 16777216})
    given = replaced(given, "settings.shutdownSeconds", 1000000)
    environ = one(charts.render("gomod-proxy", given), "ConfigMap", "gomod-proxy")["data"]
    settings = read_settings(ProxySettings, environ)  # raises when it is 1.6777216e+07
    assert (settings.scrub_bytes_per_second, settings.shutdown_seconds) == (16777216, 1000000)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize(
    ("chart", "variable", "parse"),
    [
        ("gomod-proxy", "GOMOD_POLICY_FILE", parse_policy),
        ("gomod-uploader", "GOMOD_TRUSTED_PUBLISHERS_FILE", parse_trust),
    ],
)
def test_a_file_of_the_charts_is_one_that_the_service_takes_and_is_where_it_looks(
    rendered: Rendered, environment: str, chart: str, variable: str, parse: Callable[[bytes], object]
) -> None:
    documents = rendered[environment, chart]
    folder, _, name = one(documents, "ConfigMap", chart)["data"][variable].rpartition("/")
    spec = pod_of(documents)["spec"]
    mount = next(each for each in spec["containers"][0]["volumeMounts"] if each["mountPath"] == folder)
    assert "subPath" not in mount  # a single file would never change in a running pod
    volume = next(each for each in spec["volumes"] if each["name"] == mount["name"])
    text = one(documents, "ConfigMap", volume["configMap"]["name"])["data"][name]
    parse(text.encode())  # raises when a line is wrong


@each_service
def test_a_changed_setting_restarts_the_pods(rendered: Rendered, chart: str) -> None:
    sums = {
        pod_of(rendered[environment, chart])["metadata"]["annotations"]["checksum/config"]
        for environment in ENVIRONMENTS
    }
    assert len(sums) == len(ENVIRONMENTS)


@pytest.mark.parametrize("chart", [*SERVICES, "packages-go"])
def test_a_pod_may_do_as_little_as_possible(rendered: Rendered, chart: str) -> None:
    spec = pod_of(rendered["production", chart])["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 65532
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"]["cpu"]
    assert not any(spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC"))
    assert not any("hostPath" in volume for volume in spec["volumes"])


@each_service
def test_a_service_holds_no_token_of_the_api(rendered: Rendered, chart: str) -> None:
    documents = rendered["production", chart]
    assert pod_of(documents)["spec"]["automountServiceAccountToken"] is False
    assert one(documents, "ServiceAccount")["automountServiceAccountToken"] is False
    assert not of_kind(documents, "Role") + of_kind(documents, "RoleBinding")


def test_traces_go_where_the_values_say(charts: Charts, values: dict[str, dict[str, dict[str, object]]]) -> None:
    url = "http://collector.monitoring:4318/v1/traces"
    for chart in SERVICES:
        given = replaced(values["production"][chart], "settings.tracesUrl", url)
        assert one(charts.render(chart, given), "ConfigMap", chart)["data"]["GOMOD_TRACES_URL"] == url
        untold = charts.render(chart, values["production"][chart])
        assert "GOMOD_TRACES_URL" not in one(untold, "ConfigMap", chart)["data"]


@each_service
def test_both_services_use_the_one_volume_with_the_same_rights(rendered: Rendered, chart: str) -> None:
    spec = pod_of(rendered["local", chart])["spec"]
    claims = [each["persistentVolumeClaim"] for each in spec["volumes"] if "persistentVolumeClaim" in each]
    assert claims == [{"claimName": "athens-proxy-storage"}]
    assert spec["securityContext"]["fsGroup"] == 65532
    root = one(rendered["local", chart], "ConfigMap", chart)["data"]["GOMOD_STORAGE_URL"]
    mounts = {mount["name"]: mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
    assert root == f"file://{mounts['modules']}"


def test_only_the_proxys_chart_makes_the_claim(rendered: Rendered) -> None:
    assert len(of_kind(rendered["local", "gomod-proxy"], "PersistentVolumeClaim")) == 1
    assert not of_kind(rendered["local", "gomod-uploader"], "PersistentVolumeClaim")


@each_service
def test_with_readwriteonce_every_pod_of_the_claim_is_on_one_node(rendered: Rendered, chart: str) -> None:
    # staging: two proxies and an uploader on one claim
    pod = pod_of(rendered["staging", chart])
    rule = pod["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert rule[0]["topologyKey"] == "kubernetes.io/hostname"
    wanted = rule[0]["labelSelector"]["matchLabels"]
    for other in SERVICES:  # so each of them is near each other one, whichever came first
        labels = pod_of(rendered["staging", other])["metadata"]["labels"]
        assert wanted.items() <= labels.items()


@each_service
def test_with_readwritemany_the_pods_are_spread(rendered: Rendered, chart: str) -> None:
    pod = pod_of(rendered["production", chart])
    assert "affinity" not in pod["spec"]
    keys = [each["topologyKey"] for each in pod["spec"]["topologySpreadConstraints"]]
    assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    for constraint in pod["spec"]["topologySpreadConstraints"]:
        assert constraint["labelSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


@each_service
def test_probes_ask_the_right_questions(rendered: Rendered, chart: str) -> None:
    container = pod_of(rendered["production", chart])["spec"]["containers"][0]
    probes = {name: container[f"{name}Probe"] for name in ("startup", "readiness", "liveness")}
    assert {name: probe["httpGet"]["path"] for name, probe in probes.items()} == {
        "startup": "/readyz",
        "readiness": "/readyz",
        "liveness": "/healthz",  # a restart mends no disk
    }
    assert all(probe["httpGet"]["port"] == "http" for probe in probes.values())
    assert probes["readiness"]["timeoutSeconds"] > 5  # gomod_service.health.PROBE_SECONDS: let it say what is wrong


@each_service
def test_a_pod_that_goes_has_time_for_what_it_began(rendered: Rendered, chart: str) -> None:
    documents = rendered["production", chart]
    spec = pod_of(documents)["spec"]
    drain = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    finish = int(one(documents, "ConfigMap", chart)["data"]["GOMOD_SHUTDOWN_SECONDS"])
    assert spec["terminationGracePeriodSeconds"] > drain + finish


@each_service
def test_a_version_that_gets_not_ready_replaces_nothing(rendered: Rendered, chart: str) -> None:
    strategy = one(rendered["production", chart], "Deployment")["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}


@each_service
def test_a_node_can_be_drained_one_pod_at_a_time(rendered: Rendered, chart: str) -> None:
    budget = one(rendered["production", chart], "PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1
    labels = pod_of(rendered["production", chart])["metadata"]["labels"]
    assert budget["selector"]["matchLabels"].items() <= labels.items()


@each_service
def test_metrics_are_on_a_service_of_their_own(rendered: Rendered, chart: str) -> None:
    documents = rendered["production", chart]
    ports = {each["metadata"]["name"]: each["spec"]["ports"] for each in of_kind(documents, "Service")}
    assert [port["targetPort"] for port in ports[chart]] == ["http"]
    assert [port["port"] for port in ports[chart]] == [8080]
    assert [port["targetPort"] for port in ports[f"{chart}-metrics"]] == ["metrics"]
    labels: dict[str, Any] = pod_of(documents)["metadata"]["labels"]
    for service in of_kind(documents, "Service"):
        assert service["spec"]["selector"].items() <= labels.items()


def test_the_uploaders_token_file_is_where_its_secret_is_mounted(rendered: Rendered) -> None:
    documents = rendered["production", "gomod-uploader"]
    spec = pod_of(documents)["spec"]
    path = one(documents, "ConfigMap", "gomod-uploader")["data"]["GOMOD_UPLOAD_TOKENS_FILE"]
    mount = next(each for each in spec["containers"][0]["volumeMounts"] if path.startswith(each["mountPath"] + "/"))
    assert "subPath" not in mount  # a single file would never change in a running pod
    volume = next(each for each in spec["volumes"] if each["name"] == mount["name"])
    secret = one(documents, "ExternalSecret")["spec"]
    assert volume["secret"]["secretName"] == secret["target"]["name"]
    assert [each["secretKey"] for each in secret["data"]] == [path.rpartition("/")[2]]
