"""What the environment must say."""

from pathlib import Path

import pytest

from gomod_publish.credentials import ActionsIdentity, GivenToken, TokenFile
from gomod_publish.settings import RegistrySettings, SettingsError, check_module_path, read_url


def test_all_missing_variables_are_named_at_once() -> None:
    with pytest.raises(SettingsError, match="GO_REGISTRY_URL is not set; GO_REGISTRY_TOKEN is not set"):
        RegistrySettings.read({"GO_REGISTRY_URL": ""})


def test_a_trailing_slash_of_the_url_does_not_matter() -> None:
    settings = RegistrySettings.read({"GO_REGISTRY_URL": "https://go.example.test/", "GO_REGISTRY_TOKEN": "t"})
    assert settings.url == "https://go.example.test"


@pytest.mark.parametrize(
    "url",
    [
        "go.example.test",
        "ftp://go.example.test",
        "https://",
        "https://h:port",
        "[",
        "https://[",
    ],
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="GO_REGISTRY_URL is"):
        RegistrySettings.read({"GO_REGISTRY_URL": url, "GO_REGISTRY_TOKEN": "t"})


@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cret@go.example.test",
        "https://s3cret@go.example.test",
        "https://:s3cret@go.example.test",
        "https://user:s3cret@go.example.test:port",
        "https://user:s3cret#more@go.example.test",
        "https://user:1/s3cret@go.example.test",
        "user:s3cret@go.example.test",
        "https://go.example.test/?token=s3cret",
    ],
)
@pytest.mark.parametrize("name", ["GO_REGISTRY_URL", "GO_UPLOADER_URL"])
def test_a_url_with_a_password_is_refused_without_being_shown(name: str, url: str) -> None:
    with pytest.raises(SettingsError, match=rf"{name} has an @ or a \? .*GO_REGISTRY_TOKEN.* netrc") as refused:
        read_url({name: url}, name)
    assert "s3cret" not in str(refused.value)


def test_a_token_that_no_header_can_carry_is_refused_without_being_shown() -> None:
    with pytest.raises(SettingsError, match="line break") as refused:
        RegistrySettings.read({"GO_REGISTRY_URL": "https://go.example.test", "GO_REGISTRY_TOKEN": "s3cret\n"})
    assert "s3cret" not in str(refused.value)


ACTIONS = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://id.test/?v=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "s3cret"}


@pytest.mark.parametrize(
    ("variables", "credential"),
    [
        ({"GO_REGISTRY_TOKEN": "s3cret"}, GivenToken("s3cret")),
        ({"GO_REGISTRY_TOKEN_FILE": "/run/token"}, TokenFile(Path("/run/token"))),
        (
            ACTIONS | {"GO_REGISTRY_OIDC_AUDIENCE": "registry"},
            ActionsIdentity("https://id.test/?v=1", "s3cret", "registry"),
        ),
    ],
)
def test_the_token_comes_from_one_of_three_places(variables: dict[str, str], credential: object) -> None:
    settings = RegistrySettings.read({"GO_REGISTRY_URL": "https://go.example.test"} | variables)
    assert settings.credential == credential
    assert "s3cret" not in repr(settings)


def test_two_places_for_the_token_are_one_too_many() -> None:
    with pytest.raises(SettingsError, match="GO_REGISTRY_TOKEN and GO_REGISTRY_TOKEN_FILE are set"):
        RegistrySettings.read({"GO_REGISTRY_TOKEN": "t", "GO_REGISTRY_TOKEN_FILE": "/run/token"})


def test_outside_of_a_github_job_there_is_no_identity() -> None:
    with pytest.raises(SettingsError, match=r"ACTIONS_ID_TOKEN_REQUEST_URL is not set; .*id-token: write"):
        RegistrySettings.read({"GO_REGISTRY_OIDC_AUDIENCE": "registry"})


def test_the_module_paths_when_set_are_the_only_ones_that_may_be_published() -> None:
    check_module_path({}, ["a.b/c", "a.b/d"])
    check_module_path({"GO_MODULE_PATH": "a.b/c"}, ["a.b/c"])
    check_module_path({"GO_MODULE_PATH": "a.b/c, a.b/d"}, ["a.b/d", "a.b/c"])
    with pytest.raises(SettingsError, match=r"GO_MODULE_PATH is 'a\.b/c', but go\.mod says a\.b/d"):
        check_module_path({"GO_MODULE_PATH": "a.b/c"}, ["a.b/c", "a.b/d"])
