"""The proxy's own variables."""

from pathlib import Path

import pytest

from gomod.sumdb.note import parse_key
from gomod_proxy.settings import ProxySettings, SumDb, Upstream, parse_sumdbs, parse_upstreams
from gomod_service.settings import SettingsError, read_settings
from tests.proxy.running import environment


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(ProxySettings, {})
    named = {line.split()[0] for line in str(refused.value).splitlines()[1:]}
    optional = {"GOMOD_LIST_TTL", "GOMOD_NEGATIVE_TTL", "GOMOD_SERVER", "GOMOD_SUMDBS"}
    assert named == set(environment(Path("/volume"), "off")) - optional


A, B = "https://a.example", "http://b.example/goproxy"


@pytest.mark.parametrize(
    ("text", "upstreams"),
    [
        (A, [Upstream(A)]),
        (f"{A}/, {B}", [Upstream(A), Upstream(B)]),
        (f"{A}|{B},off", [Upstream(A, bridged=True), Upstream(B), Upstream("off")]),
        (f"{A},", [Upstream(A)]),
        ("off", [Upstream("off")]),
        (f"{A}|direct", [Upstream(A, bridged=True), Upstream("direct")]),
    ],
)
def test_upstreams_are_written_as_in_goproxy(text: str, upstreams: list[Upstream]) -> None:
    assert parse_upstreams(text) == tuple(upstreams)


@pytest.mark.parametrize(
    "text",
    [
        ",",
        "|",
        "a.example",
        "off,https://a.example",
        "ftp://a.example",
        f"{A},,{B}",
        f"{A} {B}",
        f"direct,{A}",
        "off,direct",
    ],
)
def test_what_is_no_list_of_upstreams_is_wrong(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_upstreams(text)


KEY = "sums.example.test+fa821aba+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
BAD_NAME = "../etc+dfc115f2+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"


def test_checksum_databases_are_written_as_in_gosumdb() -> None:
    assert parse_sumdbs("off") == ()
    assert parse_sumdbs(f" {KEY}  {A}/sums/ ,") == (SumDb(parse_key(KEY), f"{A}/sums"),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "expected"),
        (",", "expected"),
        (KEY, "a URL for each"),
        (f"off,{KEY} {A}", "a URL for each"),
        (f"{KEY} {A} {B}", "a URL for each"),
        (f"{KEY} a.example", "URL"),
        (f"sums.example.test {A}", "verifier key"),
        (f"{KEY.replace('fa82', 'fa83')} {A}", "not the id"),
        (f"{BAD_NAME} {A}", "malformed import path"),
        (f"{KEY} {A},{KEY} {B}", "names one database twice"),
    ],
)
def test_what_is_no_list_of_checksum_databases_is_wrong(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_sumdbs(text)


def test_a_wrong_mode_is_named_with_its_choices() -> None:
    with pytest.raises(SettingsError, match=r"GOMOD_NETWORK_MODE='lax' is wrong: expected one of strict, fallback"):
        read_settings(ProxySettings, environment(Path("/volume"), "off", "lax"))
