"""Passwords for upstreams: each for its own host, none over http, none in a message."""

from pathlib import Path

import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from yarl import URL

from gomod_proxy.credentials import Credentials, Login, parse_netrc
from gomod_service.settings import SettingsError
from tests.certificates import loopback_certificate
from tests.goproxy_server import Answer, GoProxyServer
from tests.proxy.running import environment
from tests.proxy.test_process import started as started_process  # conftest.py would run all twice for `started`

NETRC = b"""\
# a comment
machine a.example login me password s3cret
machine a.example:9443 login me password ported
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
    assert parse_netrc(NETRC) == {
        "a.example": Login("me", "s3cret"),
        "a.example:9443": Login("me", "ported"),
        "b.example": Login("you", "other"),
    }


def test_a_login_is_shown_without_its_password() -> None:
    assert "s3cret" not in repr(Login("me", "s3cret"))


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("https://a.example/x", ME),
        ("https://a.example:8443/x", ME),
        ("https://a.example:9443/x", "Basic bWU6cG9ydGVk"),
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


@pytest.mark.parametrize("breakage", [b"what is s3cret", b"machine a.example login s3cret", None])
def test_the_file_is_read_again_when_it_changes_and_the_last_good_one_holds(
    credentials: Credentials, tmp_path: Path, breakage: bytes | None
) -> None:
    file, new, url = tmp_path / "netrc", tmp_path / "new", URL("https://a.example")
    failures = "gomod_reload_failures_total", {"file": "netrc"}
    before = REGISTRY.get_sample_value(*failures)
    assert before is not None
    new.write_bytes(b"machine a.example login you password other")
    new.replace(file)
    assert credentials.authorization(url) == "Basic eW91Om90aGVy"
    if breakage is None:
        file.unlink()
    else:
        file.write_bytes(breakage)
    with capture_logs() as logs:
        assert [credentials.authorization(url) for _ in range(3)] == ["Basic eW91Om90aGVy"] * 3
    assert [(entry["event"], entry["kind"]) for entry in logs] == [("file_not_reloaded", "netrc")]
    assert "s3cret" not in str(logs)
    assert REGISTRY.get_sample_value(*failures) == before + 1
    new.write_bytes(b"machine a.example login me password s3cret")
    new.replace(file)
    assert credentials.authorization(url) == ME


@pytest.mark.parametrize("data", [b"s3cret", b"machine a.example login me", b"machine a.example s3cret", b"\xff"])
def test_a_broken_file_is_refused_without_telling_what_is_in_it(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "netrc").write_bytes(data)
    with pytest.raises(SettingsError) as refused:
        Credentials(tmp_path / "netrc")
    assert "s3cret" not in str(refused.value)


def test_a_password_is_in_no_log_and_no_answer_and_goes_to_no_other_host(tmp_path: Path, volume: Path) -> None:
    certificate = loopback_certificate(tmp_path)
    netrc, log = tmp_path / "netrc", tmp_path / "log"
    netrc.write_text("machine 127.0.0.1 login me password s3cret")
    base = "/github.com/a/b/@v/v1.0.0"
    with GoProxyServer(certificate) as ours, GoProxyServer(certificate) as another:
        ours.add("github.com/a/b", "v1.0.0")
        for kind in ("mod", "zip"):
            another.answers[f"/there.{kind}"] = Answer(ours.body(f"{base}.{kind}"))
            location = another.url.replace("127.0.0.1", "localhost") + f"/there.{kind}"
            ours.answers[f"{base}.{kind}"] = Answer(status=302, headers={"Location": location})
        for name, answer in (("error", Answer(status=500)), ("cut", Answer(b"v1.0.0", declared_length=9))):
            ours.answers[f"/github.com/{name}/x/@v/list"] = answer
        environ = environment(volume, ours.url, GOMOD_NETRC_FILE=str(netrc), GOMOD_LOG_LEVEL="debug")
        with (
            log.open("wb") as stream,
            started_process(environ | {"SSL_CERT_FILE": str(certificate)}, stream) as (_, url),
        ):
            asked = [f"{base}.info", f"{base}.mod", f"{base}.zip"]
            asked += [f"/github.com/{name}/x/@v/list" for name in ("error", "cut", "absent")]
            answers = [httpx.get(url + path, trust_env=False, timeout=60) for path in asked]
            netrc.write_text("machine 127.0.0.1 s3cret")
            answers.append(httpx.get(f"{url}/github.com/a/b/@latest", trust_env=False, timeout=60))
        assert [answer.status_code for answer in answers] == [200, 200, 200, 502, 502, 404, 200]
        assert {request.headers.get("authorization") for request in ours.requests} == {ME}
        assert [request.headers.get("authorization") for request in another.requests] == [None, None]
    told = log.read_text() + "".join(f"{answer.headers} {answer.text}" for answer in answers)
    assert "file_not_reloaded" in told
    for secret in ("s3cret", ME.removeprefix("Basic ")):
        assert secret not in told
