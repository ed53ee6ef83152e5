"""The smoke test's checks, mostly on what is wrong; tests/e2e/test_publish_run.py has them all on what is right."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from gomod.errors import RegistryError, UpstreamError
from gomod.module import ModuleVersion
from gomod_publish.errors import NotServed, Refused, TryAgain
from gomod_publish.pack import pack
from gomod_publish.packed import Packed
from gomod_publish.patience import PAUSES_SECONDS
from gomod_publish.proxy import Proxy
from gomod_publish.settings import SettingsError
from gomod_publish.smoke.checklist import Check, Section, carry_out
from gomod_publish.smoke.consumer import check_consumer, check_known
from gomod_publish.smoke.go import Go, GoFailed
from gomod_publish.smoke.health import check_proxy, check_upload_route, check_uploader
from gomod_publish.smoke.public import check_cached
from gomod_publish.smoke.served import check_files, check_listed
from gomod_publish.smoke.settings import ConsumerSettings, SmokeSettings
from gomod_publish.source import read_source
from tests.goproxy_server import Answer, GoProxyServer, make_info, make_zip
from tests.publish.registry import URL, FakeRegistry, problem
from tests.publish.repository import GO, GitRepository

NOSY = """\
package x

import "os"

func init() {
	if os.Getenv("SECRET") != "" {
		panic("seen")
	}
}
"""

UPLOADER = "https://go.example.test/inside"


@pytest.fixture
def waited() -> list[float]:
    """How long the proxy's client would have waited."""
    return []


@pytest.fixture
def proxy(fake: FakeRegistry, waited: list[float]) -> Iterator[Proxy]:
    """A registry whose services are healthy."""
    for url, service in (("", "gomod-proxy"), ("/inside", "gomod-uploader")):
        fake.files |= {f"{url}/healthz": b"ok\n", f"{url}/readyz": b"ready\n"}
        fake.files[f"{url}/version"] = b'{"service": "%s", "version": "1.2.3"}' % service.encode()
    with Proxy(URL, say=lambda _: None, pause=waited.append) as made:
        yield made


def test_healthy_services_say_who_they_are(proxy: Proxy) -> None:
    assert check_proxy(proxy) == f"gomod-proxy 1.2.3 is ready at {URL}"
    assert check_uploader(proxy, UPLOADER) == f"gomod-uploader 1.2.3 is ready at {UPLOADER}"


def test_another_service_than_expected_means_a_wrong_route(proxy: Proxy) -> None:
    with pytest.raises(NotServed, match="answers gomod-proxy, where gomod-uploader should: where does"):
        check_uploader(proxy, URL)


@pytest.mark.parametrize("version", [b"<html>", b"[]", b'{"service": "gomod-proxy"}'])
def test_a_service_that_is_none_of_ours_is_told(fake: FakeRegistry, proxy: Proxy, version: bytes) -> None:
    fake.files["/version"] = version
    with pytest.raises(NotServed, match="does not say which service"):
        check_proxy(proxy)


def test_a_service_that_is_not_ready_gets_time_and_then_its_reason_is_told(
    fake: FakeRegistry, proxy: Proxy, waited: list[float]
) -> None:
    del fake.files["/healthz"]
    with pytest.raises(NotServed, match="/healthz answered 404"):
        check_proxy(proxy)
    fake.files["/healthz"] = b"ok"
    fake.failures += [httpx.Response(200), *[problem(503, "unavailable", "the volume is read-only")] * 9]
    with pytest.raises(TryAgain, match="/readyz answered 503: the volume is read-only"):
        check_proxy(proxy)
    assert waited == list(PAUSES_SECONDS)


def test_a_health_check_that_came_too_often_is_asked_again(
    fake: FakeRegistry, proxy: Proxy, waited: list[float]
) -> None:
    fake.files |= {"/healthz": b"ok", "/readyz": b"ok", "/version": b'{"service":"gomod-proxy","version":"1"}'}
    fake.failures.append(httpx.Response(429, headers={"Retry-After": "3"}))
    assert "gomod-proxy 1 is ready" in check_proxy(proxy)
    assert waited == [3.0]


def test_nobody_waits_for_the_same_trouble_twice(fake: FakeRegistry, proxy: Proxy, waited: list[float]) -> None:
    fake.failures += [httpx.ConnectError("refused")] * 99
    for check in (check_proxy, check_upload_route):
        with pytest.raises(UpstreamError, match="out of reach"):
            check(proxy)
    assert waited == list(PAUSES_SECONDS)


@pytest.mark.parametrize(
    ("answer", "is_right"),
    [
        (httpx.Response(405, headers={"Allow": "POST"}), True),
        (httpx.Response(405, headers={"Allow": "GET, HEAD"}), False),
        (httpx.Response(404, text="no such module"), False),
    ],
)
def test_upload_leads_to_whoever_takes_post(
    fake: FakeRegistry, proxy: Proxy, answer: httpx.Response, is_right: bool
) -> None:
    fake.failures.append(answer)
    if is_right:
        assert check_upload_route(proxy) == f"{URL}/upload leads to an uploader"
        return
    with pytest.raises(NotServed, match=r"does the gateway send exactly /upload to the uploader\?"):
        check_upload_route(proxy)


def test_a_version_must_be_listed(fake: FakeRegistry, proxy: Proxy, packed: Packed) -> None:
    fake.files["/go.example.test/x/@v/list"] = b"v1.0.0\nv1.1.0\n"
    assert check_listed(proxy, packed) == "2 versions listed"
    fake.files["/go.example.test/x/@v/list"] = b"v1.1.0\n"
    with pytest.raises(NotServed, match=r"does not list v1\.0\.0; it says: v1\.1\.0\. Was the version withdrawn"):
        check_listed(proxy, packed)
    fake.failures.append(httpx.Response(401, text="only for readers who show a token\n"))
    with pytest.raises(Refused, match=r"401.*only for readers"):
        check_listed(proxy, packed)


def test_files_must_be_served(proxy: Proxy, packed: Packed) -> None:
    with pytest.raises(NotServed, match="its info is not served"):
        check_files(proxy, packed, is_new=True)


@pytest.fixture
def go(packed_module: Packed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Go]:
    """The real go, for which the registry is the folder that the module was packed into."""
    monkeypatch.setenv("PATH", f"{GO.parent}:/usr/bin:/bin")
    with Go.with_clean_cache(consumers(packed_module.folder.as_uri())) as clean:
        yield clean


def consumers(goproxy: str) -> ConsumerSettings:
    return ConsumerSettings(
        {"GOPROXY": goproxy, "GOPRIVATE": "none.test", "GONOSUMDB": "*", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    )


@pytest.fixture
def packed_module(repository: GitRepository, tmp_path: Path, request: pytest.FixtureRequest) -> Packed:
    """A module with the files of the test's parameter."""
    files: dict[str, str] = getattr(request, "param", {"x.go": "package x\n"})
    repository.commit({"go.mod": "module go.example.test/x\n\ngo 1.21\n", **files}, "v1.0.0")
    return pack(read_source(repository.path), tmp_path / "out")


def test_a_consumer_is_built_with_the_very_content_that_was_packed(go: Go, packed_module: Packed) -> None:
    assert check_known(go, packed_module).startswith("go.example.test/x v1.0.0 2023-11-14 23:13:20")
    told = check_consumer(go, packed_module)
    assert told == f"a program that imports go.example.test/x runs with v1.0.0 {packed_module.h1}"
    with pytest.raises(NotServed, match=r"was built, but not with h1:other=; it has go\.example\.test/x v1\.0\.0 h1:"):
        check_consumer(go, replace(packed_module, h1="h1:other="))


@pytest.mark.parametrize("packed_module", [{"x.go": NOSY}], indirect=True)
def test_a_module_s_code_sees_nothing_of_the_job_s_environment(
    packed_module: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{GO.parent}:/usr/bin:/bin")
    monkeypatch.setenv("SECRET", "of the job")
    with Go.with_clean_cache(consumers(packed_module.folder.as_uri())) as go:
        assert check_consumer(go, packed_module).startswith("a program that imports")


def test_a_version_that_go_does_not_find_is_told_in_go_s_words(go: Go, packed_module: Packed) -> None:
    absent = replace(packed_module, module=ModuleVersion("go.example.test/x", "v1.0.1"))
    with pytest.raises(GoFailed, match=r"go list -m .*x@v1\.0\.1"):
        check_known(go, absent)


@pytest.mark.parametrize("packed_module", [{"x.go": "package x\n\nfunc broken() int { return }\n"}], indirect=True)
def test_a_module_that_does_not_compile_is_told_in_go_s_words(go: Go, packed_module: Packed) -> None:
    with pytest.raises(GoFailed, match="not enough return values"):
        check_consumer(go, packed_module)


@pytest.mark.parametrize(
    ("packed_module", "told"),
    [
        ({"internal/i.go": "package i\n"}, "nothing to import; built nothing either"),
        ({"main.go": "package main\n\nfunc main() {}\n"}, "nothing to import; built go.example.test/x"),
        ({"a/b/c.go": "package b\n", "zz/z.go": "package zz\n"}, "a program that imports go.example.test/x/zz runs"),
        ({"a/a_test.go": "package a\n", "b/b.go": "package b\n"}, "a program that imports go.example.test/x/b runs"),
    ],
    indirect=["packed_module"],
)
def test_what_can_be_imported_is_imported(go: Go, packed_module: Packed, told: str) -> None:
    assert check_consumer(go, packed_module).startswith(told)


def test_a_machine_without_go_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GoFailed, match="no go command on the PATH"), Go.with_clean_cache(consumers("off")):
        pass


def test_nothing_writes_into_a_clean_cache_behind_its_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{GO.parent}:/usr/bin:/bin")
    with Go.with_clean_cache(consumers("off")) as go:
        go.run("version", cwd=go.home)
        assert [file.name for file in (go.home / ".config").rglob("*") if file.is_file()] == ["mode"]


def test_a_public_module_must_come_from_the_cache_the_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{GO.parent}:/usr/bin:/bin")
    module = ModuleVersion("public.test/m", "v1.0.0")
    mod = b"module public.test/m\n"
    files = {"info": make_info("v1.0.0"), "mod": mod, "zip": make_zip(module.path, module.version, {"go.mod": mod})}
    said: list[str] = []
    with (
        GoProxyServer() as server,
        Proxy(server.url, say=said.append, pause=lambda _: None) as proxy,
        Go.with_clean_cache(consumers(server.url)) as go,
    ):
        for kind, body in files.items():
            server.answers[f"/public.test/m/@v/v1.0.0.{kind}"] = Answer(body, headers={"X-Cache": "MISS"})
        with pytest.raises(TryAgain, match=r"the info of public\.test/m@v1\.0\.0 .* X-Cache says MISS, not HIT"):
            check_cached(proxy, go, module)
        assert len(said) == len(PAUSES_SECONDS)
        for kind, body in files.items():
            server.answers[f"/public.test/m/@v/v1.0.0.{kind}"] = Answer(body, headers={"X-Cache": "HIT"})
        assert check_cached(proxy, go, module).startswith("first HIT, HIT, HIT, then HIT, HIT, HIT; h1:")
        with (
            Go.with_clean_cache(consumers("off")) as elsewhere,
            pytest.raises(GoFailed, match=r"^go mod download public\S+ go: public\S+ module lookup disabled by \S+$"),
        ):
            check_cached(proxy, elsewhere, module)


def test_a_check_that_fails_does_not_keep_the_others_from_telling_more() -> None:
    def fail() -> str:
        raise NotServed("it is another one")

    checks = [Check("a", Section.SERVED, fail), Check("b", Section.CACHE, lambda: "fine")]
    results = list(carry_out(checks))
    assert [(each.name, each.passed, each.said) for each in results] == [
        ("a", False, "it is another one"),
        ("b", True, "fine"),
    ]


def test_everything_that_is_missing_or_wrong_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as wrong:
        SmokeSettings.read({"GOPROXY": "x", "GOWORK": "off", "GO_SMOKE_PUBLIC_MODULE": "uuid", "GO_UPLOADER_URL": "up"})
    assert isinstance(wrong.value, RegistryError)
    assert str(wrong.value).startswith("GOPRIVATE, GONOSUMDB are not set; GO_SMOKE_PUBLIC_MODULE is 'uuid', expected")
    assert "GO_UPLOADER_URL is 'up', expected http://host" in str(wrong.value)
