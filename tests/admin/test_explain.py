"""`gomod-admin explain` says what the proxy does: both are asked, for every kind of answer that there is."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from gomod.layout import file_name
from gomod.module import ModuleVersion
from gomod_admin.explain import KINDS, Explanation, explain
from gomod_admin.explained import document as explained_document
from gomod_admin.explained import lines as explained_lines
from gomod_proxy.settings import ProxySettings
from gomod_service.settings import SettingsError, read_settings
from tests.admin.files import contents
from tests.goproxy_server import Answer, GoProxyServer, make_info, make_zip
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, Running, environment, running

POLICY = """\
- github.com/evil          # everything below it,
+ github.com/evil/good     # except this
- github.com/some/lib v1.2.3,<v0.9
+ github.com/some
- *.corp.example/secret
cooldown 7 github.com/fresh
"""
STRICT = "-\n+ github.com/good\n"

PUBLIC = "github.com/good/lib"
LIBRARIES = [
    (PUBLIC, "v1.0.0"),
    ("github.com/evil/x", "v1.0.0"),
    ("github.com/evil/good", "v1.0.0"),
    ("github.com/some/lib", "v1.2.3"),
    ("github.com/some/lib", "v1.2.4"),
    ("github.com/some/lib", "v0.8.0"),
    ("github.com/Azure/sdk", "v1.0.0"),
]
STORED = ("github.com/kept/lib", "v1.0.0")
EVIL_STORED = ("github.com/evil/kept", "v1.0.0")
OURS = (f"{OWN}/billing", "v1.0.0")
SECRET = (f"{OWN}/secret", "v1.0.0")
ABSENT = ("github.com/good/absent", "v1.0.0")
EVERYTHING = [*LIBRARIES, STORED, EVIL_STORED, OURS, SECRET, ABSENT, (f"{OWN}/absent", "v1.0.0")]


@pytest.fixture(autouse=True)
async def filled(volume: Path, upstream: GoProxyServer) -> None:
    for path, version in LIBRARIES:
        upstream.add(path, version)
    upstream.add("github.com/fresh/new", "v1.0.0", info=make_info("v1.0.0", "2999-01-01T00:00:00Z"))
    upstream.add("github.com/fresh/old", "v1.0.0")
    for path, version in (STORED, EVIL_STORED, OURS, SECRET):
        await publish(volume, path, version)


async def explained(environ: Mapping[str, str], path: str, version: str) -> Explanation:
    return await explain(read_settings(ProxySettings, environ), ModuleVersion(path, version))


async def statuses(proxy: Running, path: str, version: str) -> list[int]:
    return [(await proxy.get(f"/{file_name(ModuleVersion(path, version), kind)}")).status_code for kind in KINDS]


async def assert_same(environ: dict[str, str], volume: Path, *modules: tuple[str, str]) -> list[Explanation]:
    """The explanations give the statuses that a proxy then gives, and leave the volume as it was."""
    before = contents(volume)
    explanations = [await explained(environ, path, version) for path, version in modules]
    assert contents(volume) == before
    async with running(environ) as proxy:
        for explanation, (path, version) in zip(explanations, modules, strict=True):
            told = [explanation.answers[kind].status for kind in KINDS]
            assert told == await statuses(proxy, path, version)
            assert explanation.status == next((status for status in told if status != 200), 200)
    return explanations


@pytest.mark.parametrize("mode", ["strict", "fallback", "offline"])
@pytest.mark.parametrize("rules", ["", POLICY, STRICT], ids=["no policy", "policy", "a closed policy"])
async def test_the_proxy_answers_what_is_explained(
    volume: Path, upstream: GoProxyServer, tmp_path: Path, mode: str, rules: str
) -> None:
    policy = tmp_path / "policy"
    policy.write_text(rules)
    environ = environment(volume, upstream.url, mode, **({"GOMOD_POLICY_FILE": str(policy)} if rules else {}))
    explanations = await assert_same(environ, volume, *EVERYTHING)
    found = {explanation.status for explanation in explanations}
    assert found == {200, 404, *({502} if mode == "offline" else ()), *({403} if rules else ())}


async def test_what_is_stored_is_served_without_upstream(volume: Path, upstream: GoProxyServer) -> None:
    with upstream.down():
        environ = environment(volume, upstream.url, "fallback")
        explanations = await assert_same(environ, volume, STORED, OURS, (f"{OWN}/absent", "v1.0.0"))
    assert [explanation.status for explanation in explanations] == [200, 200, 404]


async def test_it_stores_nothing_of_what_upstream_has(volume: Path, upstream: GoProxyServer) -> None:
    environ = environment(volume, upstream.url)
    [explanation] = await assert_same(environ, volume, (PUBLIC, "v1.0.0"))
    assert explanation.stored == frozenset()
    assert explanation.status == 200
    assert [answer.cache for answer in explanation.answers.values()] == ["MISS", "MISS", "MISS"]


async def test_it_does_not_wait_for_the_end_of_a_long_zip(volume: Path, upstream: GoProxyServer) -> None:
    noise = {"go.mod": f"module {PUBLIC}\n".encode(), "x.bin": os.urandom(2_000_000)}
    upstream.add(PUBLIC, "v1.5.0", noise, mod=noise["go.mod"])
    gate = upstream.hold(f"/{PUBLIC}/@v/v1.5.0.zip", at=1_000_000)
    before = contents(volume)
    explanation = await explained(environment(volume, upstream.url), PUBLIC, "v1.5.0")
    assert not gate.is_set()
    assert explanation.status == 200
    assert contents(volume) == before


async def test_it_says_which_files_are_stored(volume: Path, upstream: GoProxyServer) -> None:
    environ = environment(volume, upstream.url)
    async with running(environ) as proxy:
        await proxy.get(f"/{PUBLIC}/@v/v1.0.0.mod")
        assert (await explained(environ, PUBLIC, "v1.0.0")).stored == {"mod"}
        await proxy.get(f"/{PUBLIC}/@v/v1.0.0.zip")
        whole = await explained(environ, PUBLIC, "v1.0.0")
        assert whole.stored == set(KINDS)
        assert whole.answers["zip"].cache == "HIT"
        with upstream.down():
            assert (await explained(environ, PUBLIC, "v1.0.0")).status == 200


async def test_a_file_alone_answers_while_upstream_is_out_of_reach(volume: Path, upstream: GoProxyServer) -> None:
    environ = environment(volume, upstream.url)
    async with running(environ) as proxy:
        await proxy.get(f"/{PUBLIC}/@v/v1.0.0.mod")
    with upstream.down():
        [explanation] = await assert_same(environ, volume, (PUBLIC, "v1.0.0"))
    assert [answer.status for answer in explanation.answers.values()] == [502, 200, 502]


@pytest.mark.parametrize(
    ("path", "version", "line"),
    [
        ("github.com/evil/x", "v1.0.0", 1),
        ("github.com/evil/good/sub", "v1.0.0", 2),
        ("github.com/some/lib", "v1.2.3", 3),
        ("github.com/some/lib", "v1.2.4", 4),
        (f"{OWN}/secret", "v1.0.0", 5),
        (f"{OWN}/billing", "v1.0.0", None),
        (PUBLIC, "v1.0.0", None),
    ],
)
async def test_it_names_the_line_that_decides(
    volume: Path, upstream: GoProxyServer, tmp_path: Path, path: str, version: str, line: int | None
) -> None:
    policy = tmp_path / "policy"
    policy.write_text(POLICY)
    environ = environment(volume, upstream.url, GOMOD_POLICY_FILE=str(policy))
    rule = (await explained(environ, path, version)).rule
    assert (rule.line if rule else None) == line


async def test_a_bare_sign_decides_about_public_modules_alone(
    volume: Path, upstream: GoProxyServer, tmp_path: Path
) -> None:
    policy = tmp_path / "policy"
    policy.write_text("-\n")
    environ = environment(volume, upstream.url, GOMOD_POLICY_FILE=str(policy))
    public, own = await assert_same(environ, volume, STORED, OURS)
    assert (public.status, public.rule and public.rule.line) == (403, 1)
    assert (own.status, own.rule, own.own_prefix) == (200, None, OWN)


@pytest.mark.parametrize(("name", "status"), [("new", 403), ("old", 200)])
async def test_a_cooldown_is_told(
    volume: Path, upstream: GoProxyServer, tmp_path: Path, name: str, status: int
) -> None:
    policy = tmp_path / "policy"
    policy.write_text(POLICY)
    environ = environment(volume, upstream.url, GOMOD_POLICY_FILE=str(policy))
    [explanation] = await assert_same(environ, volume, (f"github.com/fresh/{name}", "v1.0.0"))
    assert explanation.status == status
    assert explanation.cooldown is not None
    assert explanation.cooldown.line == 6


async def test_upstreams_are_told_in_the_order_in_which_they_are_asked(volume: Path, upstream: GoProxyServer) -> None:
    with GoProxyServer() as empty:
        environ = environment(volume, f"{empty.url},{upstream.url}|off")
        [explanation] = await assert_same(environ, volume, (PUBLIC, "v1.0.0"))
        assert explanation.upstreams == (empty.url, upstream.url, "off")
        assert explanation.status == 200


async def test_a_password_in_an_upstreams_url_is_not_told(volume: Path, upstream: GoProxyServer) -> None:
    with_password = upstream.url.replace("http://", "http://me:s3cret@")
    [explanation] = await assert_same(environment(volume, f"{with_password},off"), volume, (PUBLIC, "v1.0.0"))
    assert explanation.upstreams == (upstream.url, "off")
    assert "s3cret" not in f"{list(explained_lines(explanation))} {explained_document(explanation)}"


@pytest.mark.parametrize(
    "zip_answer",
    [
        Answer(b"no zip", content_type="application/zip"),
        Answer(make_zip("github.com/other/x", "v1.0.0", {"go.mod": b"module github.com/other/x\n"})),
        Answer(status=500),
        Answer(status=404),
    ],
    ids=["no zip", "another module's zip", "in trouble", "absent"],
)
async def test_a_lying_upstream_is_explained(volume: Path, upstream: GoProxyServer, zip_answer: Answer) -> None:
    upstream.answers[f"/{PUBLIC}/@v/v1.0.0.zip"] = zip_answer
    [explanation] = await assert_same(environment(volume, upstream.url), volume, (PUBLIC, "v1.0.0"))
    assert explanation.answers["info"].status == 200
    assert explanation.status in (404, 502)
    assert PUBLIC in explanation.answers["zip"].text


async def test_a_public_url_with_a_path_changes_nothing(volume: Path, upstream: GoProxyServer) -> None:
    environ = environment(volume, upstream.url, GOMOD_PUBLIC_URL=f"https://{OWN}/go")
    [explanation] = await assert_same(environ, volume, OURS)
    assert explanation.status == 200


async def test_where_readers_need_a_token_it_answers_as_to_somebody_without(
    volume: Path, upstream: GoProxyServer, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.touch()
    rights = {"GOMOD_READ_TOKENS_FILE": str(tokens), "GOMOD_READ_GATEWAYS": "127.0.0.1"}
    environ = environment(volume, upstream.url, GOMOD_PUBLIC_URL=f"https://{OWN}", **rights)
    own, public = await assert_same(environ, volume, OURS, STORED)
    assert (own.status, public.status) == (401, 200)
    assert own.stored == set(KINDS)


async def test_nobody_is_asked_for_what_is_ours_or_refused(
    volume: Path, upstream: GoProxyServer, tmp_path: Path
) -> None:
    policy = tmp_path / "policy"
    policy.write_text(POLICY)
    environ = environment(volume, upstream.url, GOMOD_POLICY_FILE=str(policy))
    for path, version in [OURS, (f"{OWN}/absent", "v1.0.0"), ("github.com/evil/x", "v1.0.0")]:
        assert (await explained(environ, path, version)).upstreams == ()
    assert upstream.asked() == []


async def test_a_policy_file_that_is_wrong_is_an_error(volume: Path, upstream: GoProxyServer, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text("nonsense\n")
    with pytest.raises(SettingsError, match="line 1"):
        await explained(environment(volume, upstream.url, GOMOD_POLICY_FILE=str(policy)), PUBLIC, "v1.0.0")
