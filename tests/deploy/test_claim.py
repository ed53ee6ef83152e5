"""A claim that is there already, like that of an Athens: both services use it, and no chart makes it."""

import pytest

from scripts.deploy.toolbox import Toolbox
from tests.deploy.rendering import Charts, RenderError, of_kind, one, replaced, without
from tests.deploy.test_charts import Values, kubeconform


def test_a_claim_that_is_there_already_is_used_by_both_services_and_made_by_none(
    box: Toolbox, charts: Charts, values: Values
) -> None:
    # helm refuses to install what another release made, as Athens' own did.
    given = charts.values("staging", CLUSTER_CLAIM="athens", CLUSTER_CLAIM_EXISTS="true")
    for chart in ("gomod-proxy", "gomod-uploader"):
        documents = charts.render(chart, given[chart])
        assert of_kind(documents, "PersistentVolumeClaim") == []
        pod = one(documents, "Deployment")["spec"]["template"]
        (volume,) = [each for each in pod["spec"]["volumes"] if each["name"] == "modules"]
        assert volume["persistentVolumeClaim"] == {"claimName": "athens"}
        assert pod["metadata"]["labels"]["gomod-registry/claim"] == "athens"  # both on the node of the volume
        assert kubeconform(box, documents).returncode == 0
    both = replaced(values["staging"]["gomod-proxy"], "storage.existingClaim", "athens")
    assert of_kind(charts.render("gomod-proxy", both), "PersistentVolumeClaim") == []


@pytest.mark.parametrize("path", ["existingClaim", "accessMode"])
def test_a_claim_that_is_there_takes_its_name_and_its_access_mode(charts: Charts, path: str) -> None:
    given = charts.values("staging", CLUSTER_CLAIM_EXISTS="true")["gomod-proxy"]
    with pytest.raises(RenderError, match=rf"required.*{path}|{path} is required"):
        charts.render("gomod-proxy", without(given, f"storage.{path}"))
