"""Who may reach whom. Policies are judged as a network plugin would: by what they select and allow."""

import pytest

from scripts.deploy import ROOT
from scripts.local.environment import read_environment
from tests.deploy.conftest import Rendered
from tests.deploy.rendering import ENVIRONMENTS, Document, of_kind, one, pod_of, state_check

DNS = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]


def policy(rendered: Rendered, chart: str, environment: str = "production") -> Document:
    """The chart's policy, after it was seen to hold for the chart's pods."""
    documents = rendered[environment, chart]
    found = one(documents, "NetworkPolicy")["spec"]
    labels = pod_of(documents)["metadata"]["labels"]
    assert found["podSelector"]["matchLabels"].items() <= labels.items()
    assert found["policyTypes"] == ["Ingress", "Egress"]  # both: what is not allowed is refused
    spec: Document = found
    return spec


def test_the_uploader_is_reached_only_by_the_gateway_and_the_runner(rendered: Rendered) -> None:
    rules = [rule for rule in policy(rendered, "gomod-uploader")["ingress"] if rule["ports"][0]["port"] == "http"]
    assert len(rules) == 1
    gateway, runner = rules[0]["from"]
    assert gateway["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "envoy-gateway-system"}
    assert gateway["podSelector"]["matchLabels"] == {"gateway.envoyproxy.io/owning-gateway-namespace": "ameide"}
    # No namespaceSelector: pods of the release's own namespace, and of those only the runner.
    assert set(runner) == {"podSelector"}
    wanted = runner["podSelector"]["matchLabels"]
    assert wanted.items() <= pod_of(rendered["production", "packages-go"])["metadata"]["labels"].items()
    others = [pod_of(rendered["production", chart]) for chart in ("gomod-proxy", "gomod-uploader")]
    for pod in (*others, state_check(rendered["production", "packages-go"])):
        assert not wanted.items() <= pod["metadata"]["labels"].items()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_uploader_itself_reaches_nothing_but_names_and_the_issuer(rendered: Rendered, environment: str) -> None:
    names, issuer = policy(rendered, "gomod-uploader", environment)["egress"]
    assert {port["port"] for port in issuer["ports"]} == {443, 6443}
    said = read_environment(ROOT / "environments" / f"{environment}.env", given={"ROOT": str(ROOT)}, required=())
    cidrs = [said["CLUSTER_API_CIDR"], said["CLUSTER_API_SERVICE_CIDR"]]
    assert issuer["to"] == [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]
    assert "0.0.0.0/0" not in cidrs
    assert names["ports"] == DNS
    assert names["to"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}]


def test_the_proxy_reaches_names_and_upstream_and_nothing_by_another_protocol(rendered: Rendered) -> None:
    names, upstream = policy(rendered, "gomod-proxy")["egress"]
    assert names["ports"] == DNS
    assert {port["port"] for port in upstream["ports"]} == {80, 443}


def test_metrics_are_for_prometheus_alone(rendered: Rendered) -> None:
    for chart in ("gomod-proxy", "gomod-uploader"):
        rules = [rule for rule in policy(rendered, chart)["ingress"] if rule["ports"][0]["port"] == "metrics"]
        assert [rule["from"] for rule in rules] == [
            [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
        ]
        # local has no Prometheus, so nobody may
        assert not [rule for rule in policy(rendered, chart, "local")["ingress"] if rule["ports"][0]["port"] != "http"]


def test_no_route_leads_to_metrics(rendered: Rendered) -> None:
    documents = rendered["production", "gateway"]
    backends = [
        backend
        for route in of_kind(documents, "HTTPRoute")
        for rule in route["spec"]["rules"]
        for backend in rule.get("backendRefs", [])
    ]
    assert sorted((backend["name"], backend["port"]) for backend in backends) == [
        ("gomod-proxy", 8080),
        ("gomod-uploader", 8080),
    ]


def test_routes_lead_to_services_that_the_other_charts_make(rendered: Rendered) -> None:
    for environment in ("local", "staging", "production"):
        for chart in ("gomod-proxy", "gomod-uploader"):
            service = one(rendered[environment, chart], "Service", chart)
            assert [port["port"] for port in service["spec"]["ports"]] == [8080]


def test_tls_is_where_the_environment_says_https(rendered: Rendered) -> None:
    (plain,) = one(rendered["local", "gateway"], "Gateway")["spec"]["listeners"]
    assert (plain["protocol"], plain["port"], "tls" in plain) == ("HTTP", 80, False)
    (secure,) = one(rendered["production", "gateway"], "Gateway")["spec"]["listeners"]
    assert (secure["protocol"], secure["port"]) == ("HTTPS", 443)
    assert secure["tls"]["certificateRefs"] == [{"name": "go-packages-tls"}]


def test_the_url_that_the_services_give_out_is_the_gateways(rendered: Rendered) -> None:
    for environment, scheme in (("local", "http"), ("staging", "https"), ("production", "https")):
        hostnames = {
            host
            for route in of_kind(rendered[environment, "gateway"], "HTTPRoute")
            for host in route["spec"].get("hostnames", [])
        }
        for chart in ("gomod-proxy", "gomod-uploader"):
            url = one(rendered[environment, chart], "ConfigMap", chart)["data"]["GOMOD_PUBLIC_URL"]
            assert [url] == [f"{scheme}://{host}" for host in hostnames]
