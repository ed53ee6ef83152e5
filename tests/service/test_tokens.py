"""Token files: read strictly, reloaded by themselves, and nothing told about what is in them."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from gomod.errors import Forbidden, Unauthenticated
from gomod_service.settings import SettingsError
from gomod_service.tokens import Tokens, digest, new_secret, parse_tokens

SECRET = "gomod_a-token-for-tests"


def stanza(
    name: str = "ci",
    secret: str = SECRET,
    modules: str = '["go.corp.example/pay/*"]',
    expires: str = "2999-01-01T00:00:00Z",
) -> str:
    return f"""
[[token]]
name = "{name}"
sha256 = "{digest(secret)}"
modules = {modules}
scopes = ["publish"]
expires = {expires}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.toml"
    path.write_text(stanza())
    return path


def test_a_token_is_known_by_its_secret(file: Path) -> None:
    file.write_text(stanza() + stanza("other", "another secret"))
    assert Tokens(file).authenticate(SECRET).name == "ci"
    assert Tokens(file).authenticate("another secret").name == "other"


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + " ", SECRET[:-1], "é", digest(SECRET)])
def test_any_other_secret_is_unauthenticated(file: Path, secret: str) -> None:
    with pytest.raises(Unauthenticated, match="not one of ours"):
        Tokens(file).authenticate(secret)


def test_an_expired_token_says_since_when(file: Path) -> None:
    file.write_text(stanza(expires="2020-02-03T04:05:06+01:00"))
    with pytest.raises(Unauthenticated, match=r"'ci' expired at 2020-02-03T04:05:06\+01:00"):
        Tokens(file).authenticate(SECRET)


def test_a_token_expires_while_the_service_runs(file: Path) -> None:
    file.write_text(stanza())
    tokens = Tokens(file)
    tokens.authenticate(SECRET)
    soon = datetime.now(UTC) + timedelta(milliseconds=50)
    file.write_text(stanza(expires=soon.isoformat()))
    while is_known(tokens, SECRET):
        assert datetime.now(UTC) < soon + timedelta(minutes=1)
    assert datetime.now(UTC) >= soon


def is_known(tokens: Tokens, secret: str) -> bool:
    try:
        tokens.authenticate(secret)
    except Unauthenticated:
        return False
    return True


@pytest.mark.parametrize(
    ("globs", "path", "may"),
    [
        ('["go.corp.example/pay/*"]', "go.corp.example/pay/api", True),
        ('["go.corp.example/pay/*"]', "go.corp.example/pay/api/v2", True),
        ('["go.corp.example/pay/*"]', "go.corp.example/pay", False),
        ('["go.corp.example/pay/*"]', "go.corp.example/payments/api", False),
        ('["go.corp.example/a", "go.corp.example/b"]', "go.corp.example/b", True),
    ],
)
def test_a_token_is_bound_to_its_globs(globs: str, path: str, may: bool) -> None:
    (token,) = parse_tokens(stanza(modules=globs).encode())
    if may:
        token.require("publish", path)
    else:
        with pytest.raises(Forbidden, match="it is for"):
            token.require("publish", path)


def test_a_token_is_bound_to_its_scopes() -> None:
    (token,) = parse_tokens(stanza().encode())
    with pytest.raises(Forbidden, match="may not read; it may publish"):
        token.require("read", "go.corp.example/pay/api")


def test_a_file_without_a_token_is_a_file_that_nobody_may_use() -> None:
    assert parse_tokens(b"# none yet\n") == ()


def test_every_problem_is_named_with_its_token() -> None:
    wrong = b"""
version = 1
[[token]]
name = "two words"
sha256 = "ABC"
modules = []
scopes = ["admin"]
expires = "2027-01-31T00:00:00Z"
[[token]]
modules = ["a,b"]
expires = 2027-01-31T00:00:00
password = "x"
"""
    with pytest.raises(SettingsError) as caught:
        parse_tokens(wrong)
    lines = str(caught.value).splitlines()
    assert lines[0] == "  unknown key 'version': the file holds [[token]] stanzas"
    assert [line.split(": ")[1].split(" is ")[0] for line in lines[1:6]] == [
        "name",
        "sha256",
        "modules",
        "scopes",
        "expires",
    ]
    assert all(line.startswith("  token 'two words': ") for line in lines[1:6])
    assert lines[6] == "  token 'number 2': unknown key 'password'"
    assert [line.split(": ")[1] for line in lines[7:]] == [
        "name is missing",
        "sha256 is missing",
        'modules is not a list of one or more GOPRIVATE globs, like ["go.corp.example/payments/*"]',
        "scopes is missing",
        "expires is not an RFC 3339 date-time with an offset and without quotes, like 2027-01-31T00:00:00Z",
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"[[token]\n", "not TOML"),
        (b"\xff", "not TOML"),
        (b'token = "x"', r"not written as \[\[token\]\]"),
        (b"token = [1]", r"not written as \[\[token\]\]"),
        (
            stanza(modules='["https://go.corp.example/*"]').encode(),
            "modules is not a list of one or more GOPRIVATE globs",
        ),
        (stanza(modules='["go.corp.example/[a"]').encode(), "modules is not a list of one or more"),
        ((stanza() + stanza(secret="another")).encode(), "name 'ci' stands in more than one"),
        ((stanza() + stanza("other")).encode(), "sha256 '[0-9a-f]{64}' stands in more than one"),
    ],
)
def test_a_wrong_file_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        parse_tokens(data)


def test_a_service_does_not_start_on_a_file_that_is_missing_or_wrong(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can't be read: No such file"):
        Tokens(tmp_path / "absent.toml")
    (tmp_path / "wrong.toml").write_text("wrong")
    with pytest.raises(SettingsError, match=r"the tokens file .*wrong\.toml is wrong"):
        Tokens(tmp_path / "wrong.toml")


def test_a_changed_file_holds_from_the_next_question_on(file: Path) -> None:
    tokens = Tokens(file)
    file.write_text(stanza("other", "another secret"))
    assert tokens.authenticate("another secret").name == "other"
    with pytest.raises(Unauthenticated):
        tokens.authenticate(SECRET)


def test_a_file_that_is_swapped_by_symbolic_link_is_read_again(tmp_path: Path) -> None:
    # How Kubernetes updates a mounted Secret: same link name, same size, perhaps the same time.
    for name, secret in (("old", "secret a"), ("new", "secret b")):
        (tmp_path / name).write_text(stanza(secret=secret))
        os.utime(tmp_path / name, (0, 0))
    link = tmp_path / "tokens.toml"
    link.symlink_to("old")
    tokens = Tokens(link)
    (tmp_path / "next").symlink_to("new")
    (tmp_path / "next").replace(link)
    assert tokens.authenticate("secret b").name == "ci"


@pytest.mark.parametrize("breakage", ["wrong", "absent"])
def test_the_last_good_file_holds_while_it_is_broken(file: Path, breakage: str) -> None:
    tokens = Tokens(file)
    failures = REGISTRY.get_sample_value("gomod_reload_failures_total", {"file": "tokens"}) or 0
    if breakage == "absent":
        file.unlink()
    else:
        file.write_text("[[token]]\nname = 'half a stan")
    with capture_logs() as logs:
        for _ in range(3):
            assert tokens.authenticate(SECRET).name == "ci"
    assert [entry["event"] for entry in logs] == ["file_not_reloaded"]
    assert REGISTRY.get_sample_value("gomod_reload_failures_total", {"file": "tokens"}) == failures + 1
    file.write_text(stanza("mended"))
    assert tokens.authenticate(SECRET).name == "mended"


def test_no_secret_is_ever_made_twice() -> None:
    secrets = {new_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert all(len(secret) == len("gomod_") + 43 for secret in secrets)  # 256 bits in base64
