"""Reading rights: our own modules for those who show a token, over TLS; everybody else's for everybody."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomod.errors import UnknownReader
from gomod_proxy.app import create_app
from gomod_proxy.gateways import Gateways, parse_networks
from gomod_proxy.own import OwnModules
from gomod_proxy.reading import TokenHolders
from gomod_proxy.settings import ProxySettings
from gomod_service.settings import SettingsError, read_settings
from gomod_service.tokens import Tokens, digest
from tests.goproxy_server import GoProxyServer
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, Running, environment, running

PAY, SDK, PUBLIC = f"{OWN}/pay/api", f"{OWN}/sdk", "github.com/a/b"
ENDS = ("@v/list", "@latest", "@v/v1.0.0.info", "@v/v1.0.0.mod", "@v/v1.0.0.zip", "@v/v1.info", "@v/main.info")
TLS = {"x-forwarded-proto": "https"}

TOKENS = "".join(
    f"""
[[token]]
name = "{name}"
sha256 = "{digest(f"secret of {name}")}"
modules = ["{modules}"]
scopes = {scopes}
expires = {expires}
"""
    for name, modules, scopes, expires in (
        ("all", f"{OWN}/*", '["read"]', "2999-01-01T00:00:00Z"),
        ("pay", f"{OWN}/pay/*", '["read", "publish"]', "2999-01-01T00:00:00Z"),
        ("ci", f"{OWN}/*", '["publish"]', "2999-01-01T00:00:00Z"),
        ("old", f"{OWN}/*", '["read"]', "2020-01-01T00:00:00Z"),
    )
)


def bearer(name: str) -> str:
    return f"Bearer secret of {name}"


def basic(password: str) -> str:
    return "Basic " + b64encode(f"anybody:{password}".encode()).decode()


def as_basic(data: bytes) -> bytes:
    return b"Basic " + b64encode(data)


@pytest.fixture
def tokens_file(tmp_path: Path) -> Path:
    file = tmp_path / "readers.toml"
    file.write_text(TOKENS)
    return file


@pytest.fixture
def environ(upstream: GoProxyServer, volume: Path, tokens_file: Path) -> dict[str, str]:
    return environment(
        volume,
        upstream.url,
        GOMOD_PUBLIC_URL=f"https://{OWN}:8443/go",
        GOMOD_READ_TOKENS_FILE=str(tokens_file),
        GOMOD_READ_GATEWAYS="127.0.0.1",
    )


@pytest.fixture
async def guarded(environ: dict[str, str], upstream: GoProxyServer, volume: Path) -> AsyncIterator[Running]:
    for path in (PAY, SDK):
        await publish(volume, path, "v1.0.0", origin={"Ref": "refs/heads/main"})
    upstream.add(PUBLIC, "v1.0.0")
    async with running(environ) as proxy:
        proxy.client.headers.update(TLS)
        yield proxy


@pytest.mark.parametrize("end", ENDS)
async def test_an_own_module_takes_a_token(guarded: Running, end: str) -> None:
    refused = await guarded.get(f"/{SDK}/{end}")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Basic realm="gomod-registry", Bearer realm="gomod-registry"'
    assert refused.headers["cache-control"] == "no-store"
    assert refused.text.count("\n") == 1
    assert f"machine {OWN}:8443 login" in refused.text
    assert "GOAUTH" in refused.text
    for shown in (bearer("all"), basic("secret of all"), bearer("all").replace("Bearer", "bearer")):
        answer = await guarded.get(f"/{SDK}/{end}", authorization=shown)
        assert answer.status_code == 200, shown
        assert answer.headers["x-cache"] == "LOCAL"


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ("Bearer nobody", "not one of ours"),
        ("Bearer", "not one of ours"),
        ("", "neither Bearer nor Basic"),
        (f"Bearer {digest('secret of all')}", "not one of ours"),
        (bearer("old"), "expired"),
        (basic(""), "not one of ours"),
        ("Basic " + b64encode(b"secret of all").decode(), "without a password"),
        ("Basic !", "can't be read"),
        ("Basic " + b64encode(b"x:\xff").decode(), "can't be read"),
        ("Digest username=x", "neither Bearer nor Basic"),
    ],
)
async def test_credentials_that_we_do_not_know_are_401(guarded: Running, shown: str, why: str) -> None:
    for path in (f"/{SDK}/@v/list", "/catalog", "/index"):
        refused = await guarded.get(path, authorization=shown)
        assert (refused.status_code, refused.text.count("\n")) == (401, 1)
        assert why in refused.text
        assert "Basic realm" in refused.headers["www-authenticate"]


@settings(deadline=None)  # an example may have to wait for other tests on the same core
@given(st.one_of(st.binary(), st.binary().map(lambda data: b"Basic " + data), st.binary().map(as_basic)))
def test_whatever_the_header_holds_nobody_gets_in_by_it(authorization: bytes) -> None:
    headers = [(b"x-forwarded-proto", b"https"), (b"authorization", authorization)]
    with TemporaryDirectory() as folder:
        (Path(folder) / "readers.toml").write_text(TOKENS)
        tokens = Tokens(Path(folder) / "readers.toml")
        gateways = Gateways(parse_networks("127.0.0.1"))
        rights = TokenHolders(tokens, OwnModules(f"{OWN}/*"), gateways, f"https://{OWN}")
        with pytest.raises(UnknownReader) as refused:
            rights.check({"type": "http", "headers": headers, "client": ("127.0.0.1", 1)}, SDK)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("end", ENDS)
async def test_a_token_without_the_scope_or_the_prefix_is_403(guarded: Running, end: str) -> None:
    no_scope = await guarded.get(f"/{SDK}/{end}", authorization=bearer("ci"))
    assert (no_scope.status_code, "may not read; it may publish" in no_scope.text) == (403, True)
    no_prefix = await guarded.get(f"/{SDK}/{end}", authorization=bearer("pay"))
    assert (no_prefix.status_code, f"it is for {OWN}/pay/*" in no_prefix.text) == (403, True)
    assert (await guarded.get(f"/{PAY}/{end}", authorization=bearer("pay"))).status_code == 200


async def test_without_a_right_what_is_there_looks_like_what_is_not(guarded: Running) -> None:
    for headers in ({}, {"authorization": bearer("pay")}):
        there, absent = [
            await guarded.client.get(f"/{OWN}/{name}/@v/v1.0.0.zip", headers=headers) for name in ("sdk", "sdx")
        ]
        assert there.status_code == absent.status_code
        assert there.text.replace("sdk", "sdx") == absent.text


async def test_the_root_of_our_prefix_is_absent_for_every_reader(guarded: Running) -> None:
    # go probes it for whatever it looks for below.
    assert (await guarded.get(f"/{OWN}/@v/list")).status_code == 401
    assert (await guarded.get(f"/{OWN}/@v/list", authorization=bearer("ci"))).status_code == 403
    for name in ("all", "pay"):
        assert (await guarded.get(f"/{OWN}/@v/list", authorization=bearer(name))).status_code == 404


async def test_public_modules_are_open_whatever_is_shown(guarded: Running) -> None:
    for headers in ({}, {"authorization": "Bearer nobody"}, {"x-forwarded-proto": "http", "authorization": basic("x")}):
        for end in ("@v/list", "@latest", "@v/v1.0.0.info", "@v/v1.0.0.mod", "@v/v1.0.0.zip"):
            answer = await guarded.client.get(f"/{PUBLIC}/{end}", headers=headers)
            assert answer.status_code == 200
            assert answer.headers["cache-control"].startswith("public, ")
            assert "authorization" not in answer.headers.get("vary", "")


async def test_answers_to_readers_stay_out_of_shared_caches(guarded: Running) -> None:
    for end, directives in (
        ("@v/list", "private, max-age=60"),
        ("@latest", "private, max-age=60"),
        ("@v/v1.0.0.mod", "private, max-age=31536000, immutable"),
        ("@v/v1.0.0.zip", "private, max-age=31536000, immutable"),
    ):
        whole = await guarded.get(f"/{SDK}/{end}", authorization=bearer("all"))
        part = await guarded.get(f"/{SDK}/{end}", authorization=bearer("all"), range="bytes=1-2")
        known = await guarded.get(f"/{SDK}/{end}", authorization=bearer("all"), if_none_match=whole.headers["etag"])
        assert [whole.status_code, part.status_code, known.status_code] == [200, 206, 304]
        for answer in (whole, part, known):
            assert answer.headers["cache-control"] == directives
            assert "authorization" in answer.headers["vary"].lower()
    page = await guarded.get("/sdk?go-get=1", host=OWN, authorization=bearer("all"))
    assert page.headers["cache-control"] == "private, no-cache"


async def test_credentials_over_plain_http_are_refused_unseen(guarded: Running) -> None:
    for proto in ("http", "HTTPS", "https, http"):
        for path in (f"/{SDK}/@v/list", "/catalog", "/index"):
            refused = await guarded.get(path, x_forwarded_proto=proto, authorization=bearer("all"))
            assert refused.status_code == 403
            assert "plain http" in refused.text
            assert "have them replaced" in refused.text
            assert f"https://{OWN}:8443/go" in refused.text


async def test_without_credentials_plain_http_is_told_where_to_go(guarded: Running) -> None:
    refused = await guarded.get(f"/{SDK}/@v/list", x_forwarded_proto="http")
    assert refused.status_code == 401
    assert f"set GOPROXY to https://{OWN}:8443/go" in refused.text


@pytest.mark.usefixtures("volume")
async def test_who_is_no_gateway_of_ours_is_not_believed(environ: dict[str, str]) -> None:
    async with running(environ | {"GOMOD_READ_GATEWAYS": "192.0.2.0/24"}) as proxy:
        refused = await proxy.client.get(f"/{SDK}/@v/list", headers=TLS | {"authorization": bearer("all")})
        assert refused.status_code == 403
        assert "GOMOD_READ_GATEWAYS" in refused.text


async def test_the_page_for_go_get_is_for_readers_of_anything(guarded: Running) -> None:
    for path in ("/sdk", "/"):
        assert (await guarded.get(f"{path}?go-get=1", host=OWN)).status_code == 401
        assert (await guarded.get(f"{path}?go-get=1", host=OWN, authorization=bearer("ci"))).status_code == 403
        page = await guarded.get(f"{path}?go-get=1", host=OWN, authorization=bearer("pay"))
        assert f'content="{OWN} mod https://{OWN}:8443/go"' in page.text


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize(("shown", "names"), [(None, [PUBLIC]), ("pay", [PUBLIC, PAY]), ("all", [PUBLIC, PAY, SDK])])
async def test_catalog_and_index_show_what_one_may_read(
    guarded: Running, shown: str | None, names: list[str], size: int
) -> None:
    (await guarded.get(f"/{PUBLIC}/@v/v1.0.0.zip")).raise_for_status()
    guarded.client.headers.update({"authorization": bearer(shown)} if shown else {})
    texts, listed, indexed = [], [], []
    token: str | None = ""
    while token is not None:
        page = await guarded.client.get("/catalog", params={"token": token, "pagesize": size})
        texts.append(page.raise_for_status().text)
        listed += [entry["module"] for entry in page.json()["modules"]]
        token = page.json().get("next")
    since = ""
    while (page := await guarded.client.get("/index", params={"since": since, "limit": size})).raise_for_status().text:
        texts.append(page.text)
        indexed += [json.loads(line)["Path"] for line in page.text.splitlines()]
        since = json.loads(page.text.splitlines()[-1])["Timestamp"]
    assert listed == names
    assert sorted(indexed) == sorted(names)
    assert [name for name in (PUBLIC, PAY, SDK) if any(name in text for text in texts)] == names


async def test_the_home_page_is_for_everybody_and_says_where_a_token_goes(guarded: Running, proxy: Running) -> None:
    line = f"machine {OWN}:8443 login token password TOKEN"
    assert line in (await guarded.get("/")).text
    assert "token" not in (await proxy.get("/")).text


async def test_a_token_that_is_taken_back_reads_no_more(guarded: Running, tokens_file: Path) -> None:
    assert (await guarded.get(f"/{SDK}/@v/list", authorization=bearer("all"))).status_code == 200
    tokens_file.write_text(TOKENS.replace(digest("secret of all"), digest("another")))
    assert (await guarded.get(f"/{SDK}/@v/list", authorization=bearer("all"))).status_code == 401
    tokens_file.write_text("half a stan")
    assert (await guarded.get(f"/{SDK}/@v/list", authorization="Bearer another")).status_code == 200


async def test_without_the_setting_everybody_reads(proxy: Running, volume: Path) -> None:
    await publish(volume, SDK, "v1.0.0")
    answer = await proxy.get(f"/{SDK}/@v/v1.0.0.zip", authorization="Bearer nobody")
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("public, ")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"GOMOD_READ_GATEWAYS": ""}, "needs GOMOD_READ_GATEWAYS"),
        ({"GOMOD_READ_GATEWAYS": "envoy"}, "GOMOD_READ_GATEWAYS='envoy' is wrong"),
        ({"GOMOD_READ_TOKENS_FILE": ""}, "says nothing without GOMOD_READ_TOKENS_FILE"),
        ({"GOMOD_READ_TOKENS_FILE": "/absent"}, "the tokens file /absent can't be read"),
        ({"GOMOD_PUBLIC_URL": f"http://{OWN}"}, "needs an https GOMOD_PUBLIC_URL"),
    ],
)
def test_half_a_configuration_starts_nothing(environ: dict[str, str], changes: dict[str, str], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        create_app(read_settings(ProxySettings, environ | changes))
