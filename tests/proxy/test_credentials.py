"""Passwords for upstreams: each for its own host, none over http, none in a message."""

from pathlib import Path

import pytest
from yarl import URL

from gomod_proxy.credentials import Credentials, Login, parse_netrc
from gomod_service.settings import SettingsError

NETRC = b"""\
# a comment
machine a.example login me password s3cret
machine b.example
  login you
  account x
  password other
macdef init
  machine evil.example login x password y

machine a.example login late password comer
default login anybody password everywhere
"""
ME = "Basic bWU6czNjcmV0"  # me:s3cret


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    (tmp_path / "netrc").write_bytes(NETRC)
    return Credentials(tmp_path / "netrc")


def test_hosts_have_the_first_entry_of_their_own() -> None:
    assert parse_netrc(NETRC) == {"a.example": Login("me", "s3cret"), "b.example": Login("you", "other")}


def test_a_login_is_shown_without_its_password() -> None:
    assert "s3cret" not in repr(Login("me", "s3cret"))


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("https://a.example/x", ME),
        ("https://a.example:8443/x", ME),
        ("http://a.example/x", None),
        ("https://sub.a.example/x", None),
        ("https://c.example/x", None),
        ("http://me:s3cret@c.example/x", ME),
        ("https://me:s3cret@b.example/x", ME),
    ],
)
def test_a_password_goes_to_its_host_over_https(credentials: Credentials, url: str, header: str | None) -> None:
    assert credentials.authorization(URL(url)) == header


def test_without_a_file_only_the_url_counts() -> None:
    assert Credentials(None).authorization(URL("https://a.example")) is None


def test_the_file_is_read_again_when_it_changes_and_kept_when_it_breaks(
    credentials: Credentials, tmp_path: Path
) -> None:
    file = tmp_path / "netrc"
    for content, header in (
        (b"machine a.example login you password other", "Basic eW91Om90aGVy"),
        (b"what is this", "Basic eW91Om90aGVy"),
        (b"machine a.example login me password s3cret", ME),
    ):
        (tmp_path / "new").write_bytes(content)
        (tmp_path / "new").replace(file)
        assert credentials.authorization(URL("https://a.example")) == header


@pytest.mark.parametrize("data", [b"s3cret", b"machine a.example login me", b"machine a.example s3cret", b"\xff"])
def test_a_broken_file_is_refused_without_telling_what_is_in_it(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "netrc").write_bytes(data)
    with pytest.raises(SettingsError) as refused:
        Credentials(tmp_path / "netrc")
    assert "s3cret" not in str(refused.value)
