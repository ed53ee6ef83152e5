"""Where readers need a right: netrc gives it to reads, over https, of the registry's host alone."""

from base64 import b64encode
from pathlib import Path

import pytest
import respx

from gomod_publish.credentials import GivenToken
from gomod_publish.packed import Packed
from gomod_publish.proxy import Proxy
from gomod_publish.reading import netrc_file, reading_right
from gomod_publish.registry import Registry
from gomod_publish.settings import RegistrySettings, SettingsError
from gomod_publish.smoke.go import Go
from gomod_publish.smoke.settings import ConsumerSettings
from tests.publish.registry import TOKEN, URL, FakeRegistry
from tests.publish.repository import GO

BASIC = "Basic " + b64encode(b"token:of-a-reader").decode()


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A netrc file that knows the registry's host."""
    path = tmp_path / "netrc"
    path.write_text("machine go.example.test login token password of-a-reader\n")
    monkeypatch.setenv("NETRC", str(path))
    return path


@pytest.mark.usefixtures("netrc")
def test_reads_show_what_netrc_says_and_uploads_their_own_token(
    fake: FakeRegistry, packed: Packed, tmp_path: Path
) -> None:
    with Registry(RegistrySettings(URL, GivenToken(TOKEN)), say=lambda _: None) as registry:
        registry.upload(packed, lambda _: None)
        registry.fetch(packed.module, "mod", tmp_path / "mod")
        registry.ask(f"{URL}/go.example.test/x/@v/v1.0.0.info")
    assert [request.headers.get("Authorization") for request in fake.requests] == [f"Bearer {TOKEN}", BASIC, BASIC]


@pytest.mark.parametrize(
    ("url", "machine", "shown"),
    [
        ("https://h.test", "h.test", True),
        ("https://h.test:8443", "h.test:8443", True),
        ("https://h.test:8443", "h.test", True),
        ("https://h.test", "h.test:8443", False),
        ("https://sub.h.test", "h.test", False),
        ("http://h.test", "h.test", False),
    ],
)
def test_a_machine_is_a_host_with_its_port_or_without(netrc: Path, url: str, machine: str, shown: bool) -> None:
    netrc.write_text(f"machine {machine} login a password b\ndefault login c password d\n")
    assert (reading_right(url) is not None) == shown


@pytest.mark.usefixtures("netrc")
def test_neither_plain_http_nor_another_address_is_shown_anything() -> None:
    with respx.mock() as router:
        route = router.route(host="go.example.test").respond(200)
        with Proxy("http://go.example.test", say=lambda _: None) as proxy:
            proxy.ask("http://go.example.test/healthz")
        with Proxy("https://other.example.test", say=lambda _: None) as proxy:
            proxy.ask("https://go.example.test/healthz")
    assert ["Authorization" in call.request.headers for call in route.calls] == [False, False]


def test_a_file_that_is_none_is_told(netrc: Path) -> None:
    netrc.write_text("machine\n")
    with pytest.raises(SettingsError, match=f"{netrc} can't be read"):
        Proxy(URL, say=lambda _: None)


def test_the_file_is_the_one_that_go_reads(tmp_path: Path) -> None:
    assert netrc_file({}) is None
    assert netrc_file({"HOME": str(tmp_path)}) is None
    (tmp_path / ".netrc").touch()
    assert netrc_file({"HOME": str(tmp_path)}) == tmp_path / ".netrc"
    assert netrc_file({"HOME": str(tmp_path), "NETRC": str(tmp_path / "absent")}) is None


def test_go_finds_it_although_its_home_is_another_one(netrc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{GO.parent}:/usr/bin:/bin")
    with Go.with_clean_cache(ConsumerSettings({})) as go:
        assert go.variables["NETRC"] == str(netrc)
        assert go.variables["HOME"] == str(go.home)
