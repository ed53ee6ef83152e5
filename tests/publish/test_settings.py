"""What the environment must say."""

import pytest

from gomod_publish.settings import RegistrySettings, SettingsError, check_module_path


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
        "https://h/?x=1",
        "https://h:port",
        "https://u:p@h",
        "[",
        "https://[",
    ],
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="GO_REGISTRY_URL is"):
        RegistrySettings.read({"GO_REGISTRY_URL": url, "GO_REGISTRY_TOKEN": "t"})


def test_a_token_that_no_header_can_carry_is_refused_without_being_shown() -> None:
    with pytest.raises(SettingsError, match="line break") as refused:
        RegistrySettings.read({"GO_REGISTRY_URL": "https://go.example.test", "GO_REGISTRY_TOKEN": "s3cret\n"})
    assert "s3cret" not in str(refused.value)


def test_the_token_does_not_show_in_logs() -> None:
    assert "s3cret" not in repr(RegistrySettings("https://go.example.test", "s3cret"))


def test_the_module_path_when_set_is_the_only_one_that_may_be_published() -> None:
    check_module_path({}, ["a.b/c", "a.b/d"])
    check_module_path({"GO_MODULE_PATH": "a.b/c"}, ["a.b/c"])
    with pytest.raises(SettingsError, match=r"GO_MODULE_PATH is 'a\.b/c', but go\.mod says a\.b/d"):
        check_module_path({"GO_MODULE_PATH": "a.b/c"}, ["a.b/c", "a.b/d"])
