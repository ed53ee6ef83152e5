"""With a bucket the pods of both services share nothing else: no claim, no node, a folder of each pod's own."""

from typing import Any

import pytest

from gomod_storage.open import open_store
from tests.deploy.rendering import Charts, RenderError, of_kind, one, replaced

BUCKET = "s3://modules.corp.example/registry"
STORAGE = {
    "bucket": BUCKET,
    "environment": {"AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL": "https://s3.corp.example"},
    "credentialsSecret": "gomod-bucket",
}
EGRESS = [{"ports": [{"port": 443}]}]

Values = dict[str, dict[str, dict[str, Any]]]

each_service = pytest.mark.parametrize("chart", ["gomod-proxy", "gomod-uploader"])


def with_bucket(values: Values, chart: str, **more: object) -> dict[str, Any]:
    """The values of production, on a bucket."""
    return replaced(replaced(values["production"][chart], "storage", STORAGE | more), "networkPolicy.egress", EGRESS)


@each_service
def test_the_store_is_the_bucket_and_each_pod_gathers_versions_in_a_folder_of_its_own(
    charts: Charts, values: Values, monkeypatch: pytest.MonkeyPatch, chart: str
) -> None:
    documents = charts.render(chart, with_bucket(values, chart))
    environ = one(documents, "ConfigMap", chart)["data"]
    assert environ["GOMOD_STORAGE_URL"] == f"{BUCKET}?staging=/var/lib/gomod"
    assert environ["AWS_REGION"] == "eu-central-1"
    monkeypatch.setenv("AWS_REGION", environ["AWS_REGION"])
    open_store(environ["GOMOD_STORAGE_URL"])  # raises when it names no store
    pod = one(documents, "Deployment")["spec"]["template"]
    [container] = pod["spec"]["containers"]
    assert {"secretRef": {"name": "gomod-bucket"}} in container["envFrom"]
    assert {"name": "modules", "mountPath": "/var/lib/gomod"} in container["volumeMounts"]
    assert {"name": "modules", "emptyDir": {}} in pod["spec"]["volumes"]


@each_service
def test_a_variable_of_the_bucket_is_the_text_that_stands_in_the_values(
    charts: Charts, values: Values, chart: str
) -> None:
    environment = {"AWS_BYTES": 16777216, "AWS_ALLOW_HTTP": True, "AWS_NAME": 'a "b" & c', "AWS_DIGITS": "0123"}
    documents = charts.render(chart, with_bucket(values, chart, environment=environment))
    environ = one(documents, "ConfigMap", chart)["data"]
    texts = {"AWS_BYTES": "16777216", "AWS_ALLOW_HTTP": "true", "AWS_NAME": 'a "b" & c', "AWS_DIGITS": "0123"}
    assert texts.items() <= environ.items()


@each_service
def test_nothing_ties_the_pods_to_a_claim_or_to_one_node(charts: Charts, values: Values, chart: str) -> None:
    documents = charts.render(chart, with_bucket(values, chart))
    assert of_kind(documents, "PersistentVolumeClaim") == []
    pod = one(documents, "Deployment")["spec"]["template"]
    assert "affinity" not in pod["spec"]
    assert "gomod-registry/claim" not in pod["metadata"]["labels"]
    assert len(pod["spec"]["topologySpreadConstraints"]) == 2


@each_service
def test_a_network_policy_that_does_not_lead_to_the_bucket_is_refused(
    charts: Charts, values: Values, chart: str
) -> None:
    given = replaced(with_bucket(values, chart), "networkPolicy.egress", [])
    with pytest.raises(RenderError, match=r"networkPolicy\.egress is required"):
        charts.render(chart, given)


@each_service
@pytest.mark.parametrize(
    "storage",
    [
        {"bucket": "s3://key:secret@bucket"},
        {"bucket": "s3://bucket?staging=/elsewhere"},
        {"bucket": "https://bucket"},
        {"environment": {"AWS_SECRET_ACCESS_KEY": "hunter2"}},
        {"environment": {"GOMOD_LOG_LEVEL": "debug"}},
    ],
)
def test_what_does_not_belong_into_values_is_refused(
    charts: Charts, values: Values, chart: str, storage: dict[str, object]
) -> None:
    with pytest.raises(RenderError, match="don't meet the specifications of the schema"):
        charts.render(chart, with_bucket(values, chart, **storage))
