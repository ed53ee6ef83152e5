"""Tokens of an OIDC issuer: who is let in, who is not, and what a rotation or an outage of the issuer changes."""

import base64
import gc
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gomod.errors import Forbidden, Unauthenticated, UpstreamError
from gomod_uploader import issuer_keys
from gomod_uploader.trusted_publishing import TrustedPublishing, looks_like_jwt
from tests.uploader.forgeries import forgeries
from tests.uploader.oidc_issuer import AUDIENCE, OidcIssuer, oidc_issuer
from tests.uploader.running import TOKEN, running
from tests.uploader.sample import parts


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[OidcIssuer]:
    with oidc_issuer(tmp_path) as running_issuer:
        yield running_issuer


@pytest.fixture
async def trusted(issuer: OidcIssuer, tmp_path: Path) -> AsyncIterator[TrustedPublishing]:
    async with TrustedPublishing(issuer.file(tmp_path / "trust.toml")) as publishing:
        yield publishing


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are asked for again at once, as if time had passed."""
    monkeypatch.setattr(issuer_keys, "PAUSE_SECONDS", 0.0)


async def test_a_workload_is_who_its_issuer_says(trusted: TrustedPublishing, issuer: OidcIssuer) -> None:
    who = await trusted.authenticate(issuer.token())
    assert (who.name, who.subject) == ("payments", "ci:payments")
    assert who.identity == f"publisher payments: ci:payments of {issuer.url}"
    who.require("publish", "go.corp.example/pay/api")
    with pytest.raises(Forbidden, match="'payments' may not publish"):
        who.require("publish", "go.corp.example/other")


async def test_every_rule_that_matches_counts(trusted: TrustedPublishing, issuer: OidcIssuer) -> None:
    who = await trusted.authenticate(issuer.token(ref="refs/tags/v1.0.0"))
    assert who.name == "payments+tools"
    who.require("publish", "go.corp.example/pay/api")
    who.require("publish", "go.corp.example/tools/x")
    other = await trusted.authenticate(issuer.token(sub="ci:other", ref="refs/tags/v1.0.0"))
    with pytest.raises(Forbidden):
        other.require("publish", "go.corp.example/pay/api")


async def test_a_workload_that_no_rule_matches_is_named(trusted: TrustedPublishing, issuer: OidcIssuer) -> None:
    with pytest.raises(Forbidden, match="'ci:stranger' of issuer 'cluster' is not among the trusted publishers"):
        await trusted.authenticate(issuer.token(sub="ci:stranger"))


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "another.service"}, "Audience doesn't match"),
        ({"aud": None}, 'missing the "aud" claim'),
        ({"exp": 1_000_000_000}, "Signature has expired"),
        ({"exp": None}, 'missing the "exp" claim'),
        ({"iat": None}, 'missing the "iat" claim'),
        ({"nbf": 4_000_000_000}, "not yet valid"),
        ({"sub": None}, 'missing the "sub" claim'),
        ({"iss": "https://elsewhere.example"}, "'https://elsewhere.example', which is not an issuer trusted here"),
        ({"iss": None}, "of None, which is not an issuer trusted here"),
    ],
)
async def test_a_token_that_is_not_meant_for_us_now_is_refused(
    trusted: TrustedPublishing, issuer: OidcIssuer, claims: dict[str, object], reason: str
) -> None:
    with pytest.raises(Unauthenticated, match=reason):
        await trusted.authenticate(issuer.signed(claims))


async def test_one_of_several_audiences_may_be_ours(trusted: TrustedPublishing, issuer: OidcIssuer) -> None:
    assert (await trusted.authenticate(issuer.token(aud=["another", AUDIENCE]))).name == "payments"


async def test_a_forged_token_is_refused(trusted: TrustedPublishing, issuer: OidcIssuer) -> None:
    refused = []
    for how, token in forgeries(issuer).items():
        assert looks_like_jwt(token), how
        try:
            await trusted.authenticate(token)
        except Unauthenticated:
            refused.append(how)
    assert refused == list(forgeries(issuer))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["alg", "kid", "typ", "iss", "crit", "b64", "exp"]), inner, max_size=4)
    ),
    max_leaves=5,
).map(lambda value: json.dumps(value).encode())
SEGMENT = (JSON | st.binary(max_size=20) | st.just(b"[" * 9000)).map(encoded) | st.text(max_size=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(header=SEGMENT, payload=SEGMENT, signature=SEGMENT)
async def test_any_three_words_with_dots_are_refused(
    trusted: TrustedPublishing, header: str, payload: str, signature: str
) -> None:
    with pytest.raises(Unauthenticated):
        await trusted.authenticate(f"{header}.{payload}.{signature}")


async def test_keys_are_fetched_once_however_many_ask(trusted: TrustedPublishing, issuer: OidcIssuer) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(trusted.authenticate, issuer.token())
    assert issuer.asked == ["/.well-known/openid-configuration", "/jwks"]


async def test_unknown_keys_do_not_make_us_ask_and_ask(trusted: TrustedPublishing, issuer: OidcIssuer) -> None:
    for number in range(20):
        with pytest.raises(Unauthenticated, match="with no key 'unknown"):
            await trusted.authenticate(issuer.token(f"unknown{number}", issuer.keys["first"]))
    assert issuer.asked.count("/jwks") == 1


@pytest.mark.usefixtures("impatient")
async def test_a_rotated_key_is_found_at_once_and_the_old_one_goes(
    trusted: TrustedPublishing, issuer: OidcIssuer
) -> None:
    old = issuer.token()
    await trusted.authenticate(old)
    issuer.keys = {"second": rsa.generate_private_key(65537, 2048)}
    assert (await trusted.authenticate(issuer.token("second"))).name == "payments"
    with pytest.raises(Unauthenticated, match="no key 'first'"):
        await trusted.authenticate(old)


@pytest.mark.usefixtures("impatient")
async def test_known_keys_hold_for_a_while_when_the_issuer_is_down(
    trusted: TrustedPublishing, issuer: OidcIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trusted.authenticate(issuer.token())
    issuer.status = 500
    monkeypatch.setattr(issuer_keys, "FRESH_SECONDS", 0.0)
    await trusted.authenticate(issuer.token())
    assert issuer.asked[-1] == "/.well-known/openid-configuration"
    with pytest.raises(UpstreamError, match="answers 500"):  # of a key that we have not seen nobody can say
        await trusted.authenticate(issuer.token("new", issuer.keys["first"]))
    monkeypatch.setattr(issuer_keys, "STALE_SECONDS", 0.0)
    with pytest.raises(UpstreamError, match="the keys of issuer 'cluster' can't be fetched"):
        await trusted.authenticate(issuer.token())


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/absent", "answers 404"),
        ("/list", "is no JSON object"),
        ("/no-keys", "is no JWKS"),
        ("/huge", "more than 1048576 bytes"),
    ],
)
async def test_an_issuer_that_answers_nonsense_is_trouble_upstream(
    issuer: OidcIssuer, tmp_path: Path, path: str, reason: str
) -> None:
    file = issuer.file(tmp_path / "trust.toml", f'keys = "{issuer.url}{path}"')
    async with TrustedPublishing(file) as trusted:
        with pytest.raises(UpstreamError, match=reason):
            await trusted.authenticate(issuer.token())
    assert issuer.asked == [path]


@pytest.mark.parametrize(
    "oddities",
    [
        {"alg": "none"},
        {"alg": ["ES256"]},
        {"alg": {"ES256": 1}},
        {"kid": ["odd"]},
        {"kid": {}},
        {"kty": ["EC"]},
        {"crv": []},
        {"x": 5},
    ],
)
async def test_an_odd_key_is_passed_over_and_the_others_count(
    trusted: TrustedPublishing, issuer: OidcIssuer, oddities: dict[str, object]
) -> None:
    issuer.oddities = oddities
    assert (await trusted.authenticate(issuer.token())).name == "payments"
    with pytest.raises(Unauthenticated, match="no key 'odd'"):
        await trusted.authenticate(issuer.token("odd", issuer.keys["first"]))


def test_nothing_is_left_of_a_connection_to_an_issuer_that_fails_and_does_not_hang_up(
    issuer: OidcIssuer, tmp_path: Path
) -> None:
    issuer.status = 500
    issuer.hangs_up.clear()
    file = issuer.file(tmp_path / "trust.toml")

    async def ask() -> None:
        async with TrustedPublishing(file) as trusted:
            with pytest.raises(UpstreamError, match="answers 500"):
                await trusted.authenticate(issuer.token())

    anyio.run(ask)
    gc.collect()  # what was not closed says so now, and that is an error


async def test_a_discovery_document_of_somebody_else_is_not_believed(
    trusted: TrustedPublishing, issuer: OidcIssuer
) -> None:
    issuer.named = "https://elsewhere.example"
    with pytest.raises(UpstreamError, match="is not about this issuer"):
        await trusted.authenticate(issuer.token())


async def test_a_redirect_is_not_followed(trusted: TrustedPublishing, issuer: OidcIssuer) -> None:
    issuer.status = 302
    with pytest.raises(UpstreamError, match="answers 302"):
        await trusted.authenticate(issuer.token())


async def test_an_issuer_with_a_certificate_of_nobody_is_not_believed(issuer: OidcIssuer, tmp_path: Path) -> None:
    file = issuer.file(tmp_path / "trust.toml")
    file.write_text(file.read_text().replace(f'ca_file = "{issuer.ca_file}"', ""))
    async with TrustedPublishing(file) as trusted:
        with pytest.raises(UpstreamError, match=r"(?i)certificate"):
            await trusted.authenticate(issuer.token())
    assert issuer.asked == []


async def test_a_rule_that_is_taken_back_is_gone_from_the_next_request_on(
    trusted: TrustedPublishing, issuer: OidcIssuer, tmp_path: Path
) -> None:
    await trusted.authenticate(issuer.token())
    file = tmp_path / "trust.toml"
    file.write_text(file.read_text().replace("ci:payments", "ci:other"))
    with pytest.raises(Forbidden):
        await trusted.authenticate(issuer.token())


def test_a_workload_publishes_without_a_token_of_ours(issuer: OidcIssuer, tmp_path: Path) -> None:
    root = tmp_path / "modules"
    root.mkdir()
    file = issuer.file(tmp_path / "trust.toml")
    with running(tmp_path, root, GOMOD_TRUSTED_PUBLISHERS_FILE=str(file)) as uploader:
        workload = issuer.token()
        assert uploader.upload(parts(), workload).status_code == 201
        assert uploader.upload(parts("go.corp.example/other"), workload).status_code == 403
        assert uploader.upload(parts(), issuer.token(aud="x")).status_code == 401
        assert uploader.upload(parts(version="v1.9.9"), TOKEN).status_code == 201
        log = (tmp_path / "uploader.log").read_text()
        assert workload not in log
        assert workload.rpartition(".")[2] not in log
