"""Every chart in every environment: linted, valid for the API server, and what all its objects have in common."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gomod_proxy.settings import ProxySettings
from gomod_service.settings import read_settings
from scripts.deploy import ROOT
from scripts.deploy.toolbox import Toolbox
from tests.deploy.conftest import Rendered
from tests.deploy.rendering import CHARTS, ENVIRONMENTS, Charts, of_kind, one, replaced

Values = dict[str, dict[str, dict[str, Any]]]


def kubeconform(box: Toolbox, documents: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - YAML
    schemas = box.ensure("schemas")
    return subprocess.run(
        [
            str(box.ensure("kubeconform") / "kubeconform"),
            "-strict",
            "-summary",
            "-schema-location",
            f"{schemas}/core/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json",
            "-schema-location",
            f"{schemas}/{{{{ .Group }}}}/{{{{ .ResourceKind }}}}_{{{{ .ResourceAPIVersion }}}}.json",
        ],
        input=yaml.safe_dump_all(documents),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("chart", CHARTS)
def test_helm_finds_nothing_to_say(charts: Charts, values: Values, chart: str, environment: str) -> None:
    charts.lint(chart, values[environment][chart])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_everything_rendered_is_valid_for_the_api_server(box: Toolbox, rendered: Rendered, environment: str) -> None:
    documents = [document for chart in CHARTS for document in rendered[environment, chart]]
    done = kubeconform(box, documents)
    assert done.returncode == 0, done.stdout
    assert f"Valid: {len(documents)}, Invalid: 0, Errors: 0, Skipped: 0" in done.stdout


@pytest.mark.parametrize(
    ("chart", "kind", "path", "value"),
    [
        ("gomod-proxy", "Deployment", "spec.template.spec.readOnlyRootFilesystem", True),
        ("gateway", "HTTPRoute", "spec.hostname", "x"),
        ("gateway", "BackendTrafficPolicy", "spec.timeout.tcp.connect", "5s"),
        ("packages-go", "ExternalSecret", "spec.secretStore", {"name": "vault"}),
        ("gomod-proxy", "ServiceMonitor", "spec.interval", "30s"),
    ],
)
def test_the_check_of_validity_sees_a_field_that_does_not_exist(
    box: Toolbox, rendered: Rendered, chart: str, kind: str, path: str, value: object
) -> None:
    wrong = replaced(of_kind(rendered["production", chart], kind)[0], path, value)
    done = kubeconform(box, [wrong])
    assert "additional properties" in done.stdout.lower(), done.stdout


def test_the_notes_say_how_to_go_on_in_every_chart(charts: Charts, values: Values) -> None:
    for chart in CHARTS:
        assert (ROOT / CHARTS[chart] / "templates" / "NOTES.txt").is_file()
        charts.render(chart, values["local"][chart])  # a wrong expression in NOTES.txt fails here


def test_with_tls_the_gateway_listens_for_https_alone_as_the_page_on_migrating_says(rendered: Rendered) -> None:
    documents = rendered["production", "gateway"]
    assert [each["protocol"] for each in one(documents, "Gateway")["spec"]["listeners"]] == ["HTTPS"]
    assert "RequestRedirect" not in yaml.safe_dump_all(documents)
    page = (ROOT / "docs" / "migrating-from-athens.md").read_text()
    (row,) = re.findall(r"(?m)^\| `PROXY_FORCE_SSL` \| (.+) \|$", page)
    assert row == "None: with TLS the gateway listens for https alone, and nothing answers or redirects plain http"


def test_claims_grow_with_the_environment(rendered: Rendered) -> None:
    sizes = [
        one(rendered[environment, "gomod-proxy"], "PersistentVolumeClaim")["spec"]["resources"]["requests"]["storage"]
        for environment in ENVIRONMENTS
    ]
    assert sizes == ["5Gi", "20Gi", "50Gi"]


def test_uninstalling_keeps_the_modules_and_the_state(rendered: Rendered) -> None:
    for chart, kind in (("gomod-proxy", "PersistentVolumeClaim"), ("packages-go", "ConfigMap")):
        kept = one(rendered["production", chart], kind)
        assert kept["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert one(rendered["production", "gomod-proxy"], "PersistentVolumeClaim")["metadata"]["name"] == (
        "athens-proxy-storage"
    )


def test_the_state_has_no_key_of_the_charts_own(rendered: Rendered) -> None:
    # An upgrade would put the chart's data back over what was published.
    state = one(rendered["production", "packages-go"], "ConfigMap")
    assert state["metadata"]["name"] == "go-packages-state"
    assert "data" not in state


def test_every_object_is_labelled_as_helms_users_expect(rendered: Rendered) -> None:
    for (_, chart), documents in rendered.items():
        for document in documents:
            labels = document["metadata"]["labels"]
            assert labels["app.kubernetes.io/name"] == chart
            assert labels["app.kubernetes.io/part-of"] == "gomod-registry"
            assert labels["app.kubernetes.io/managed-by"] == "Helm"
            assert {"app.kubernetes.io/instance", "app.kubernetes.io/version", "helm.sh/chart"} <= set(labels)


@pytest.mark.parametrize("chart", CHARTS)
def test_names_are_short_enough_whatever_the_release_is_called(charts: Charts, values: Values, chart: str) -> None:
    for document in charts.render(chart, values["production"][chart], release="r" * 53):  # the longest that helm takes
        if document["kind"] == "Service":
            assert len(document["metadata"]["name"]) <= 63  # a DNS label, unlike most names
        assert all(len(value) <= 63 for value in document["metadata"]["labels"].values())


@pytest.mark.parametrize("chart", CHARTS)
def test_the_version_of_a_chart_is_that_of_what_it_runs(chart: str) -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    version = re.search(r'(?m)^version = "(.+)"$', pyproject)
    assert version is not None
    about = yaml.safe_load((ROOT / CHARTS[chart] / "Chart.yaml").read_text())
    assert about["appVersion"] == version[1]


def test_chart_folders_hold_nothing_that_is_not_theirs(charts: Charts, tmp_path: Path) -> None:
    # gateway/envoy.yaml is for machines without a cluster: .helmignore keeps it out of the package.
    listing = subprocess.run(
        [str(charts.helm), "package", str(charts.path("gateway")), "--destination", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(tmp_path)},
    )
    package = next(tmp_path.glob("*.tgz"))
    names = subprocess.run(["tar", "tzf", str(package)], capture_output=True, text=True, check=True).stdout
    assert "gateway/Chart.yaml" in names, listing.stdout
    assert "envoy.yaml" not in names


def test_with_autoscaling_nobody_but_the_autoscaler_says_how_many_pods_there_are(
    box: Toolbox, charts: Charts, values: Values
) -> None:
    scaling = {"enabled": True, "minReplicas": 2, "maxReplicas": 6, "targetCPUUtilizationPercentage": 70}
    documents = charts.render("gomod-proxy", values["production"]["gomod-proxy"] | {"autoscaling": scaling})
    scaler = one(documents, "HorizontalPodAutoscaler")["spec"]
    deployment = one(documents, "Deployment")
    assert "replicas" not in deployment["spec"]  # a sync would set it back
    assert scaler["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 6)
    assert kubeconform(box, documents).returncode == 0


def test_a_digest_wins_over_the_tag(charts: Charts, values: Values) -> None:
    digest = f"sha256:{'0' * 64}"
    given = replaced(values["production"]["gomod-proxy"], "image.digest", digest)
    image = one(charts.render("gomod-proxy", given), "Deployment")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == f"{given['image']['repository']}@{digest}"


def test_passwords_of_upstreams_come_from_a_secret_into_the_file_that_the_proxy_reads(
    box: Toolbox, charts: Charts, values: Values
) -> None:
    given = replaced(values["production"]["gomod-proxy"], "upstreamCredentials.secretName", "upstream-netrc")
    documents = charts.render("gomod-proxy", given)
    spec = one(documents, "Deployment")["spec"]["template"]["spec"]
    folder, _, name = one(documents, "ConfigMap", "gomod-proxy")["data"]["GOMOD_NETRC_FILE"].rpartition("/")
    assert name == "netrc"
    (mount,) = [each for each in spec["containers"][0]["volumeMounts"] if each["mountPath"] == folder]
    (volume,) = [each for each in spec["volumes"] if each["name"] == mount["name"]]
    assert volume["secret"]["secretName"] == "upstream-netrc"
    assert kubeconform(box, documents).returncode == 0


def test_with_direct_there_is_a_folder_for_go_and_git_to_write_to(box: Toolbox, charts: Charts, values: Values) -> None:
    given = replaced(values["production"]["gomod-proxy"], "settings.upstreams", "https://proxy.example,direct")
    documents = charts.render("gomod-proxy", given)
    spec = one(documents, "Deployment")["spec"]["template"]["spec"]
    writable = [each for each in spec["containers"][0]["volumeMounts"] if not each.get("readOnly")]
    assert [each["mountPath"] for each in writable] == ["/var/lib/gomod", "/tmp"]
    assert kubeconform(box, documents).returncode == 0


def test_tokens_of_readers_come_from_a_secret_and_with_the_gateways_that_are_believed(
    box: Toolbox, charts: Charts, values: Values
) -> None:
    read_tokens = {"secretName": "readers", "gateways": ["10.1.0.0/16", "fd00::7"]}
    documents = charts.render("gomod-proxy", values["production"]["gomod-proxy"] | {"readTokens": read_tokens})
    settings = read_settings(ProxySettings, one(documents, "ConfigMap", "gomod-proxy")["data"])
    assert [str(network) for network in settings.read_gateways] == ["10.1.0.0/16", "fd00::7/128"]
    spec = one(documents, "Deployment")["spec"]["template"]["spec"]
    (mount,) = [
        each
        for each in spec["containers"][0]["volumeMounts"]
        if each["mountPath"] == str(Path(settings.read_tokens_file or "").parent)
    ]
    (volume,) = [each for each in spec["volumes"] if each["name"] == mount["name"]]
    assert volume["secret"]["secretName"] == "readers"
    assert kubeconform(box, documents).returncode == 0
