"""Where the state goes, and how the API server is reached."""

from pathlib import Path

import pytest

from gomod_publish.settings import SettingsError
from gomod_publish.state.settings import ConfigMapSettings, StateSettings, read_folder

GIVEN = {
    "GO_STATE_CONFIGMAP": "state",
    "GO_STATE_SERVER": "https://api.test:6443/",
    "GO_STATE_NAMESPACE": "ameide",
    "GO_STATE_TOKEN_FILE": "/run/token",
    "GO_STATE_CA_FILE": "/run/ca.crt",
}


@pytest.fixture
def pod(tmp_path: Path) -> Path:
    """What Kubernetes mounts into a pod."""
    (tmp_path / "namespace").write_text("ameide\n")
    return tmp_path


def test_the_variables_say_how_the_server_is_reached() -> None:
    assert ConfigMapSettings.read(GIVEN) == ConfigMapSettings(
        "https://api.test:6443", "ameide", "state", Path("/run/token"), Path("/run/ca.crt")
    )


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as wrong:
        ConfigMapSettings.read({"GO_STATE_SERVER": "api.test"})
    for name in ("CONFIGMAP", "SERVER is 'api.test'", "NAMESPACE", "TOKEN_FILE", "CA_FILE"):
        assert f"GO_STATE_{name}" in str(wrong.value)


@pytest.mark.parametrize("name", ["GO_STATE_SERVER", "GO_STATE_NAMESPACE", "GO_STATE_TOKEN_FILE", "GO_STATE_CA_FILE"])
def test_what_is_said_in_part_is_not_passed_over_for_the_pod_s_own(pod: Path, name: str) -> None:
    in_pod = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    with pytest.raises(SettingsError) as wrong:
        ConfigMapSettings.read(in_pod | {"GO_STATE_CONFIGMAP": "state", name: GIVEN[name]}, pod)
    others = {"GO_STATE_SERVER", "GO_STATE_NAMESPACE", "GO_STATE_TOKEN_FILE", "GO_STATE_CA_FILE"} - {name}
    assert set(str(wrong.value).split("; ")) == {f"{other} is not set" for other in others}


@pytest.mark.parametrize(
    ("host", "url"), [("10.96.0.1", "https://10.96.0.1:443"), ("fd00::1", "https://[fd00::1]:443")]
)
def test_a_pod_needs_to_be_told_nothing_but_the_name(pod: Path, host: str, url: str) -> None:
    environment = {"GO_STATE_CONFIGMAP": "state", "KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"}
    assert ConfigMapSettings.read(environment, pod) == ConfigMapSettings(
        url, "ameide", "state", pod / "token", pod / "ca.crt"
    )


def test_outside_of_a_pod_all_that_leads_to_the_server_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as wrong:
        ConfigMapSettings.read({}, tmp_path)
    assert str(wrong.value) == (
        "GO_STATE_CONFIGMAP is not set (nor --configmap); GO_STATE_SERVER, GO_STATE_NAMESPACE, GO_STATE_TOKEN_FILE,"
        " GO_STATE_CA_FILE are not set, and this is no pod with a ServiceAccount's token"
    )


def test_the_state_has_to_go_somewhere() -> None:
    with pytest.raises(SettingsError, match="neither GO_STATE_CONFIGMAP nor GO_STATE_DIR is set"):
        StateSettings.read({})
    assert StateSettings.read({"GO_STATE_DIR": "out"}) == StateSettings(None, Path("out"))
    both = StateSettings.read(GIVEN | {"GO_STATE_DIR": "out"})
    assert (both.configmap, both.folder) == (ConfigMapSettings.read(GIVEN), Path("out"))
    with pytest.raises(SettingsError, match="GO_STATE_DIR is not set"):
        read_folder({})
