"""The state in a ConfigMap: a module's own key, whoever else writes to it, at the same time or by hand."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod_publish.errors import NoToken, Refused, TryAgain
from gomod_publish.settings import SettingsError
from gomod_publish.state.configmap import ConfigMap
from gomod_publish.state.document import State
from gomod_publish.state.settings import ConfigMapSettings
from tests.certificates import loopback_certificate
from tests.publish.api_server import ApiServer
from tests.publish.states import SDK, TELEMETRY, at


def open_configmap(api_server: ApiServer, **changes: str) -> ConfigMap:
    settings = ConfigMapSettings.read(api_server.variables() | changes)
    return ConfigMap(settings, say=lambda _: None, pause=lambda _: None)


@pytest.fixture
def configmap(api_server: ApiServer) -> Iterator[ConfigMap]:
    with open_configmap(api_server) as opened:
        yield opened


def test_a_state_is_written_once_and_read_back(api_server: ApiServer, configmap: ConfigMap) -> None:
    assert configmap.read() == {}
    assert configmap.write(SDK)
    assert not configmap.write(SDK)
    assert configmap.read() == api_server.data() == {"ameide-sdk-go.json": SDK.text()}
    newer = at(SDK, "v1.3.0")
    assert configmap.write(newer)
    assert State.parse(api_server.data()["ameide-sdk-go.json"]) == newer


def test_every_key_has_a_field_manager_of_its_own(api_server: ApiServer, configmap: ConfigMap) -> None:
    configmap.write(SDK)
    configmap.write(TELEMETRY)  # would take the first one away, were both the same manager's
    assert set(api_server.data()) == {"ameide-sdk-go.json", "telemetry.json"}
    assert api_server.owners("ameide-sdk-go.json") == {"gomod-publish:ameide-sdk-go.json"}
    assert api_server.owners("telemetry.json") == {"gomod-publish:telemetry.json"}


def test_a_very_long_key_has_a_manager_too(api_server: ApiServer, configmap: ConfigMap) -> None:
    long = replace(SDK, module=ModuleVersion(f"go.example.test/{'x' * 200}", "v1.0.0"))
    assert configmap.write(long)
    (owner,) = api_server.owners(long.key)
    assert owner.startswith("gomod-publish:")


def test_keys_of_others_are_left_alone(api_server: ApiServer, configmap: ConfigMap) -> None:
    api_server.edit({"notes": "somebody's own"})
    configmap.write(SDK)
    assert api_server.data() == {"notes": "somebody's own", "ameide-sdk-go.json": SDK.text()}
    assert not [owner for owner in api_server.owners("notes") if owner.startswith("gomod-publish")]


def test_what_was_edited_by_hand_is_put_right(api_server: ApiServer, configmap: ConfigMap) -> None:
    configmap.write(SDK)
    api_server.edit({"ameide-sdk-go.json": "oops"})
    assert configmap.write(SDK)
    assert api_server.data() == {"ameide-sdk-go.json": SDK.text()}


def test_a_key_of_another_module_is_not_taken(api_server: ApiServer, configmap: ConfigMap) -> None:
    configmap.write(SDK)
    other = replace(SDK, module=ModuleVersion("elsewhere.test/ameide-sdk-go", "v9.0.0"))
    with pytest.raises(Refused, match=r"the key ameide-sdk-go\.json .* is that of go\.example\.test/ameide-sdk-go"):
        configmap.write(other)
    assert api_server.data() == {"ameide-sdk-go.json": SDK.text()}


class Overtaken(ConfigMap):
    """Somebody else writes between this one's first reading and writing."""

    def __init__(self, api_server: ApiServer) -> None:
        super().__init__(ConfigMapSettings.read(api_server.variables()), say=lambda _: None, pause=lambda _: None)
        self.api_server = api_server
        self.editions: list[str] = []

    def _apply(self, state: State, edition: str) -> None:
        self.editions.append(edition)
        if len(self.editions) == 1:
            self.api_server.edit({"notes": "written between reading and writing"})
        super()._apply(state, edition)


def test_whoever_writes_on_old_ground_is_refused_and_reads_again(api_server: ApiServer) -> None:
    with Overtaken(api_server) as configmap:
        assert configmap.write(SDK)
    first, second = configmap.editions
    assert first != second
    assert set(api_server.data()) == {"notes", "ameide-sdk-go.json"}


def test_many_jobs_at_once_lose_nothing(api_server: ApiServer) -> None:
    states = [replace(SDK, module=ModuleVersion(f"go.example.test/m{number}", "v1.0.0")) for number in range(6)]

    def write(state: State) -> None:
        with open_configmap(api_server) as configmap:
            for _ in range(20):  # a busy moment may last longer than one job's patience
                try:
                    configmap.write(state)
                except TryAgain:
                    continue
                return

    with ThreadPoolExecutor(6) as jobs:
        list(jobs.map(write, states))
    assert api_server.data() == {state.key: state.text() for state in states}


def test_a_configmap_that_is_not_there_is_told_as_such(api_server: ApiServer, configmap: ConfigMap) -> None:
    api_server.remove_configmap()
    for attempt in (configmap.read, lambda: configmap.write(SDK)):
        with pytest.raises(NotFound, match=r"go-packages-state.*the chart packages-go makes it"):
            attempt()


def test_what_the_runner_may_not_is_refused_with_the_server_s_own_words(api_server: ApiServer) -> None:
    with (
        open_configmap(api_server, GO_STATE_CONFIGMAP="kube-root-ca.crt") as configmap,
        pytest.raises(Refused, match=r"403: .*forbidden.*`get` and `patch`"),
    ):
        configmap.read()


def test_a_token_that_nobody_knows_is_refused(api_server: ApiServer, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("nonsense")
    with (
        open_configmap(api_server, GO_STATE_TOKEN_FILE=str(wrong)) as configmap,
        pytest.raises(Refused, match="401: Unauthorized"),
    ):
        configmap.read()
    wrong.unlink()
    with (
        open_configmap(api_server, GO_STATE_TOKEN_FILE=str(wrong)) as configmap,
        pytest.raises(NoToken, match="no token in"),
    ):
        configmap.read()


def test_a_server_that_others_vouch_for_gets_no_token(api_server: ApiServer, tmp_path: Path) -> None:
    strangers = tmp_path / "strangers"
    strangers.mkdir()
    with (
        open_configmap(api_server, GO_STATE_CA_FILE=str(loopback_certificate(strangers))) as configmap,
        pytest.raises(TryAgain, match="certificate verify failed"),
    ):
        configmap.read()


def test_missing_certificates_are_wrong_settings(api_server: ApiServer, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no certificates in"):
        open_configmap(api_server, GO_STATE_CA_FILE=str(tmp_path / "absent"))
