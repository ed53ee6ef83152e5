"""How the gateway treats what it passes on: nothing is cut short, nothing is gathered before it goes on."""

import pytest

from gomod_service.connections import KEEP_ALIVE_SECONDS
from tests.deploy.conftest import Rendered
from tests.deploy.rendering import ENVIRONMENTS, Document, of_kind, one

each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


def policies(documents: list[Document]) -> dict[str, Document]:
    """What holds for each route, by the route's name."""
    found = {}
    for policy in of_kind(documents, "BackendTrafficPolicy"):
        (target,) = policy["spec"]["targetRefs"]
        assert (target["group"], target["kind"]) == ("gateway.networking.k8s.io", "HTTPRoute")
        found[target["name"]] = policy["spec"]
    return found


@each_environment
def test_no_request_ends_for_taking_long(rendered: Rendered, environment: str) -> None:
    documents = rendered[environment, "gateway"]
    rules = [
        rule for route in of_kind(documents, "HTTPRoute") for rule in route["spec"]["rules"] if rule.get("backendRefs")
    ]
    assert [rule["timeouts"] for rule in rules] == [{"request": "0s"}, {"request": "0s"}]
    listening = one(documents, "ClientTrafficPolicy")["spec"]
    assert [target["name"] for target in listening["targetRefs"]] == [one(documents, "Gateway")["metadata"]["name"]]
    assert listening["timeout"]["http"]["requestReceivedTimeout"] == "0s"
    assert listening["timeout"]["http"]["streamIdleTimeout"] == "900s"  # only silence does
    assert not any("requestTimeout" in policy["timeout"]["http"] for policy in policies(documents).values())


@each_environment
def test_nothing_is_gathered_and_uploads_are_never_sent_twice(rendered: Rendered, environment: str) -> None:
    documents = rendered[environment, "gateway"]
    found = policies(documents)
    assert set(found) == {"gateway-proxy", "gateway-uploader"}
    for policy in (*found.values(), one(documents, "ClientTrafficPolicy")["spec"]):
        assert policy["connection"]["bufferLimit"] == "256Ki"  # what waits in Envoy while the other side is slow
        assert "requestBuffer" not in policy
    assert "retry" not in found["gateway-uploader"]
    # Only while nothing has been sent.
    assert found["gateway-proxy"]["retry"]["retryOn"]["triggers"] == [
        "connect-failure",
        "refused-stream",
        "reset-before-request",
    ]


@each_environment
def test_the_gateway_hangs_up_before_the_services_do(rendered: Rendered, environment: str) -> None:
    for policy in policies(rendered[environment, "gateway"]).values():
        assert int(policy["timeout"]["http"]["connectionIdleTimeout"].removesuffix("s")) < KEEP_ALIVE_SECONDS


def test_the_gateways_own_pods_are_those_that_the_environment_asks_for(rendered: Rendered) -> None:
    documents = rendered["production", "gateway"]
    proxy = one(documents, "EnvoyProxy")
    parameters = one(documents, "Gateway")["spec"]["infrastructure"]["parametersRef"]
    assert parameters == {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": proxy["metadata"]["name"]}
    pods = proxy["spec"]["provider"]["kubernetes"]
    assert pods["envoyDeployment"]["replicas"] == 2
    assert pods["envoyService"]["type"] == "LoadBalancer"
    assert proxy["spec"]["shutdown"]["drainTimeout"] == "120s"
