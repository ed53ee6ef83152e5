"""Settings: nothing is guessed, and everything that is wrong is said at once."""

from dataclasses import dataclass

import pytest

from gomod_service.settings import (
    CommonSettings,
    SettingsError,
    help_text,
    parse_bind,
    parse_count,
    parse_patterns,
    parse_seconds,
    parse_url,
    read_settings,
    required,
)

COMPLETE = {
    "GOMOD_BIND": "127.0.0.1:8080",
    "GOMOD_ADMIN_BIND": "127.0.0.1:9090",
    "GOMOD_STORAGE_URL": "file:///srv/modules",
    "GOMOD_PRIVATE_PATTERNS": "go.corp.example/*, *.corp.example",
    "GOMOD_PUBLIC_URL": "http://go.corp.example/",
    "GOMOD_LOG_LEVEL": "info",
    "GOMOD_LOG_FORMAT": "json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedSettings(CommonSettings):
    tokens_file: str = required("GOMOD_TOKENS_FILE", str, "where the tokens are")


def test_complete_settings_are_parsed() -> None:
    settings = read_settings(CommonSettings, COMPLETE)
    assert settings.bind == "127.0.0.1:8080"
    assert settings.private_patterns == "go.corp.example/*,*.corp.example"
    assert settings.public_url == "http://go.corp.example"
    assert settings.shutdown_seconds == 30.0


def test_tuning_can_be_given() -> None:
    assert read_settings(CommonSettings, {**COMPLETE, "GOMOD_SHUTDOWN_SECONDS": "2.5"}).shutdown_seconds == 2.5


def test_every_missing_and_every_wrong_variable_is_named_in_one_message() -> None:
    environ = {**COMPLETE, "GOMOD_LOG_LEVEL": "loud", "GOMOD_BIND": "8080"}
    del environ["GOMOD_STORAGE_URL"]
    with pytest.raises(SettingsError) as caught:
        read_settings(ExtendedSettings, environ)
    message = str(caught.value)
    for name in ("GOMOD_LOG_LEVEL='loud'", "GOMOD_BIND='8080'", "GOMOD_STORAGE_URL is missing", "GOMOD_TOKENS_FILE is"):
        assert name in message
    assert "GOMOD_PUBLIC_URL" not in message


def test_a_password_in_a_wrong_url_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(CommonSettings, {**COMPLETE, "GOMOD_PUBLIC_URL": "https://me:s3@cret@corp.example/go?x=1"})
    assert "GOMOD_PUBLIC_URL='https://***@corp.example/go?x=1' is wrong" in str(caught.value)


def test_an_empty_variable_is_a_missing_one() -> None:
    with pytest.raises(SettingsError, match="GOMOD_BIND is missing"):
        read_settings(CommonSettings, {**COMPLETE, "GOMOD_BIND": ""})


def test_settings_can_not_be_changed_after_they_were_read() -> None:
    settings = read_settings(CommonSettings, COMPLETE)
    with pytest.raises(AttributeError):
        settings.bind = "127.0.0.1:1"  # type: ignore[misc]  # the point of the test


def test_help_names_every_variable_and_its_default() -> None:
    text = help_text("gomod-x", "Serves x.", ExtendedSettings)
    for name in (*COMPLETE, "GOMOD_TOKENS_FILE"):
        assert name in text
    assert "(default 30)" in text


@pytest.mark.parametrize("text", ["8080", ":8080", "host:", "host:x", "host:70000", "host:-1"])
def test_a_bind_without_host_or_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        parse_bind(text)


@pytest.mark.parametrize("text", ["go.corp.example", "ftp://x", "http://", "http://x/?q=1"])
def test_what_is_no_plain_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        parse_url(text)


def test_a_url_keeps_its_path_prefix() -> None:
    assert parse_url("https://corp.example/go/") == "https://corp.example/go"


def test_patterns_can_not_be_empty() -> None:
    with pytest.raises(ValueError, match="GOPRIVATE"):
        parse_patterns(" , ")


@pytest.mark.parametrize("glob", ["https://go.corp.example/*", "go.corp.example/[a", "go.corp.example/...", "/corp/*"])
def test_a_pattern_that_no_module_can_match_is_refused(glob: str) -> None:
    with pytest.raises(ValueError, match="means no module"):
        parse_patterns(f"*.corp.example,{glob}")


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan"])
def test_seconds_are_positive_and_finite(text: str) -> None:
    with pytest.raises(ValueError, match="positive"):
        parse_seconds(text)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "٣"])
def test_a_count_is_a_positive_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="whole"):
        parse_count(text)
