"""The pods of layer 27: the runner that publishes, and the one that looks whether the state is in order."""

import tomllib

import pytest

from tests.deploy.conftest import Rendered
from tests.deploy.rendering import ENVIRONMENTS, Charts, one, state_check


def test_the_runner_publishes_as_itself(rendered: Rendered) -> None:
    documents = rendered["production", "packages-go"]
    spec = one(documents, "Pod")["spec"]
    (token,) = [
        source["serviceAccountToken"]
        for volume in spec["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
    ]
    mounts = {mount["name"]: mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
    environ = {each["name"]: each.get("value") for each in spec["containers"][0]["env"]}
    assert environ["GO_REGISTRY_TOKEN_FILE"] == f"{mounts['identity']}/{token['path']}"

    uploader = rendered["production", "gomod-uploader"]
    text = one(uploader, "ConfigMap", "gomod-uploader-trusted-publishers")["data"]["trusted-publishers.toml"]
    trusted = tomllib.loads(text)
    assert trusted["issuer"][0]["audience"] == token["audience"]
    subject = f"system:serviceaccount:ameide:{spec['serviceAccountName']}"
    assert trusted["publisher"][0]["claims"] == {"sub": subject}
    patterns = one(uploader, "ConfigMap", "gomod-uploader")["data"]["GOMOD_PRIVATE_PATTERNS"]
    assert trusted["publisher"][0]["modules"] == patterns.split(",")


@pytest.mark.parametrize(
    ("name", "verbs"), [("package-go-runner", ["get", "patch"]), ("package-go-state-check", ["get"])]
)
def test_the_runner_may_write_the_state_and_who_checks_it_may_only_read_it(
    rendered: Rendered, name: str, verbs: list[str]
) -> None:
    documents = rendered["production", "packages-go"]
    spec = {
        "package-go-runner": one(documents, "Pod")["spec"],
        "package-go-state-check": state_check(documents)["spec"],
    }[name]
    assert spec["automountServiceAccountToken"] is True
    assert spec["serviceAccountName"] == one(documents, "ServiceAccount", name)["metadata"]["name"]
    assert one(documents, "RoleBinding", name)["subjects"] == [
        {"kind": "ServiceAccount", "name": name, "namespace": "ameide"}
    ]
    assert one(documents, "Role", name)["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["go-packages-state"], "verbs": verbs}
    ]
    assert not any(each["kind"].startswith("ClusterRole") for each in documents)


def test_the_state_is_checked_against_what_the_secret_says_by_a_pod_that_may_do_as_little(rendered: Rendered) -> None:
    documents = rendered["production", "packages-go"]
    spec = state_check(documents)["spec"]
    (container,) = spec["containers"]
    assert container["command"][-1] == "$(GO_MODULE_PATH)"  # a module without a key is drift, too
    secret = one(documents, "ExternalSecret")["spec"]
    keys = {each["secretKey"] for each in secret["data"]}
    for variable in container["env"]:
        if "valueFrom" in variable:
            assert variable["valueFrom"]["secretKeyRef"]["name"] == secret["target"]["name"]
            assert variable["valueFrom"]["secretKeyRef"]["key"] in keys
    runner = one(documents, "Pod")["spec"]
    assert container["securityContext"] == runner["containers"][0]["securityContext"]
    assert spec["securityContext"].items() <= runner["securityContext"].items()
    assert container["image"] == runner["containers"][0]["image"]


def test_where_readers_need_a_token_runner_and_state_check_find_it_where_go_and_the_client_look(
    charts: Charts,
) -> None:
    given = charts.values("production", CLUSTER_READ_TOKEN_SECRET="go-read-token")["packages-go"]
    documents = charts.render("packages-go", given)
    for spec in (one(documents, "Pod")["spec"], state_check(documents)["spec"]):
        (volume,) = [each for each in spec["volumes"] if each.get("secret") == {"secretName": "go-read-token"}]
        (container,) = spec["containers"]
        (mount,) = [each for each in container["volumeMounts"] if each["name"] == volume["name"]]
        assert mount["readOnly"] is True
        environ = {each["name"]: each.get("value") for each in container["env"]}
        # tests/publish/test_reading.py: the client reads what this names, and hands it to go.
        assert environ["NETRC"] == f"{mount['mountPath']}/netrc"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_without_such_a_secret_no_pod_looks_for_a_token(rendered: Rendered, environment: str) -> None:
    documents = rendered[environment, "packages-go"]
    for spec in (one(documents, "Pod")["spec"], state_check(documents)["spec"]):
        assert not any("secret" in each for each in spec["volumes"])
        assert "NETRC" not in {each["name"] for each in spec["containers"][0]["env"]}
