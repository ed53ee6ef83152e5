"""The real go reads own modules with a token, over TLS through the real Envoy, and shows it to nobody else."""

import base64
import os
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
import pytest

from gomod_service.tokens import digest
from tests.certificates import loopback_certificate
from tests.e2e.go import Go, GoFailedError
from tests.e2e.namespace import what_happens_in
from tests.e2e.public import PublicModule
from tests.e2e.registry import PRIVATE, UUID, Registry, local_values, running_registry
from tests.e2e.tls_gateway import tls_gateway
from tests.goproxy_server import GoProxyServer
from tests.ports import free_port
from tests.proxy.publishing import publish
from tests.waiting import wait_for

PAY, SDK = f"{PRIVATE}/pay/api", f"{PRIVATE}/sdk"
SECRETS = {"all": "secret-of-all", "pay": "secret-of-pay"}
TOKENS = "".join(
    f"""
[[token]]
name = "{name}"
sha256 = "{digest(SECRETS[name])}"
modules = ["{modules}"]
scopes = ["read"]
expires = 2999-01-01T00:00:00Z
"""
    for name, modules in (("all", f"{PRIVATE}/*"), ("pay", f"{PRIVATE}/pay/*"))
)
PROGRAM = f'package main\n\nimport (\n\t_ "{PAY}"\n\t_ "{UUID}"\n)\n\nfunc main() {{}}\n'


@dataclass(frozen=True)
class Guarded:
    """A registry that asks for tokens, behind a gateway with TLS (`bind`) and one without."""

    registry: Registry
    bind: str
    certificate: Path
    folder: Path

    def go(self, *, cache: str = "modules", **variables: str) -> Go:
        """go that trusts the gateway's certificate."""
        ours = {
            "GOPROXY": f"https://{self.bind}",
            "GONOPROXY": "none",
            "GOSUMDB": "off",
            "GOFLAGS": "-modcacherw",
            "SSL_CERT_FILE": str(self.certificate),
            "NETRC": os.devnull,
        }
        return Go(self.folder / cache, ours | variables)

    def netrc(self, token: str, machine: str = "") -> str:
        file = self.folder / f"netrc-{token}"
        file.write_text(f"machine {machine or self.bind} login {token} password {SECRETS[token]}\n")
        return str(file)

    def goauth(self, token: str) -> str:
        """A command that prints what `go help goauth` asks for."""
        file = self.folder / "goauth"
        file.write_text(f"#!/bin/sh\nprintf 'https://{self.bind}\\n\\nAuthorization: Bearer {SECRETS[token]}\\n\\n'\n")
        file.chmod(0o700)
        return str(file)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, uuid_module: PublicModule) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    certificate = loopback_certificate(folder)
    (folder / "readers.toml").write_text(TOKENS)
    bind = f"127.0.0.1:{free_port()}"
    with GoProxyServer() as upstream:
        uuid_module.offer(upstream)
        values = local_values(
            folder / "state",
            upstream.url,
            GOMOD_PUBLIC_URL=f"https://{bind}",
            GOMOD_READ_TOKENS_FILE=str(folder / "readers.toml"),
            GOMOD_READ_GATEWAYS="127.0.0.1",
            GOMOD_LOG_LEVEL="debug",
        )
        with running_registry(values) as registry, tls_gateway(values, bind, certificate, folder):
            for path in (PAY, SDK):
                anyio.run(publish, registry.volume, path, "v1.0.0")
            yield Guarded(registry, bind, certificate, folder)


SHOWN: list[Callable[[Guarded, str], dict[str, str]]] = [
    lambda guarded, token: {"NETRC": guarded.netrc(token)},
    lambda guarded, token: {"NETRC": guarded.netrc(token), "GOAUTH": "netrc"},
    lambda guarded, token: {"GOAUTH": guarded.goauth(token)},
    lambda guarded, token: {"GOPROXY": f"https://any:{SECRETS[token]}@{guarded.bind}"},
]
WAYS = ["netrc", "GOAUTH=netrc", "GOAUTH=command", "GOPROXY with a password"]


@pytest.mark.parametrize("shown", SHOWN, ids=WAYS)
def test_a_program_builds_with_a_token(
    guarded: Guarded, shown: Callable[[Guarded, str], dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "go.mod").write_text("module example.com/program\n")
    (tmp_path / "main.go").write_text(PROGRAM)
    # A token for pay alone: go also asks for the prefixes above the module, and is refused there.
    go = Go(tmp_path / "modules", guarded.go(**shown(guarded, "pay")).variables)
    go.run("get", f"{PAY}@latest", f"{UUID}@v1.6.0", cwd=tmp_path)
    go.run("build", "-o", str(tmp_path / "program"), ".", cwd=tmp_path)
    assert f"{PAY} v1.0.0 h1:" in (tmp_path / "go.sum").read_text()
    with pytest.raises(GoFailedError, match=rf"403 Forbidden\n.*token 'pay' may not read '{SDK}'; it is for"):
        go.run("get", f"{SDK}@latest", cwd=tmp_path)


def test_without_a_token_go_is_told_what_to_do_and_public_modules_are_open(guarded: Guarded, tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/program\n")
    go = Go(tmp_path / "modules", guarded.go().variables)
    go.run("get", f"{UUID}@v1.6.0", cwd=tmp_path)
    with pytest.raises(GoFailedError) as told:
        go.run("get", f"{PAY}@v1.0.0", cwd=tmp_path)
    assert "401 Unauthorized" in str(told.value)
    assert f"put `machine {guarded.bind} login token password TOKEN` into ~/.netrc" in str(told.value)
    # 401 is no absence: go does not look elsewhere, where somebody could offer the same name.
    elsewhere = Go(go.cache, go.variables | {"GOPROXY": f"https://{guarded.bind},https://127.0.0.1:1"})
    with pytest.raises(GoFailedError, match="401 Unauthorized") as stayed:
        elsewhere.run("get", f"{PAY}@v1.0.0", cwd=tmp_path)
    assert "127.0.0.1:1/" not in str(stayed.value)


@pytest.mark.parametrize("shown", SHOWN[:3], ids=WAYS[:3])
def test_over_plain_http_go_shows_nothing_and_we_look_at_nothing(
    guarded: Guarded, shown: Callable[[Guarded, str], dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "go.mod").write_text("module example.com/program\n")
    plain = guarded.registry.values["GATEWAY_BIND"]
    variables = guarded.go(**shown(guarded, "all")).variables | {"GOPROXY": f"http://{plain}"}
    if "NETRC" in shown(guarded, "all"):
        variables["NETRC"] = guarded.netrc("all", machine=plain)
    with pytest.raises(GoFailedError, match=f"set GOPROXY to https://{guarded.bind}"):
        Go(tmp_path / "modules", variables).run("get", f"{SDK}@v1.0.0", cwd=tmp_path)


def test_what_go_shows_to_whom(guarded: Guarded, tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/program\n")
    sent: dict[str, set[str | None]] = {}
    for name, certificate in (("https", guarded.certificate), ("http", None)):
        with GoProxyServer(certificate) as server:
            server.add(SDK, "v1.0.0")
            machine = server.url.partition("://")[2]
            variables = {"GOPROXY": server.url, "NETRC": guarded.netrc("all", machine=machine)}
            go = Go(tmp_path / name, guarded.go().variables | variables)
            go.run("get", f"{SDK}@v1.0.0", cwd=tmp_path)
            sent[name] = {request.headers.get("authorization") for request in server.requests}
    password = base64.b64encode(f"all:{SECRETS['all']}".encode()).decode()
    assert sent == {"https": {f"Basic {password}"}, "http": {None}}
    with_password = Go(tmp_path / "http2", guarded.go(GOPROXY="http://any:secret@127.0.0.1:1").variables)
    with pytest.raises(GoFailedError, match="refusing to pass credentials to insecure URL"):
        with_password.run("get", f"{SDK}@v1.0.0", cwd=tmp_path)


def test_a_client_with_goprivate_reads_with_its_netrc_too(tmp_path: Path) -> None:
    seen = what_happens_in("readers_in_namespace", tmp_path)
    assert f"reading https://{PAY}?go-get=1: 401 Unauthorized" in seen["without"]
    assert f"machine {PRIVATE} login" in seen["without"]
    assert f"require {PAY} v1.0.0" in seen["with"]
    # go asked where the module lives, and at the prefix that it was told; its token is for pay alone.
    assert [status for path, status in seen["asked"] if path == "/pay/api"] == [401, 401, 200]
    assert [status for path, status in seen["asked"] if path == "/"] == [200]


def test_a_client_of_the_plain_gateway_can_not_say_that_it_came_safely(guarded: Guarded) -> None:
    headers = {"X-Forwarded-Proto": "https", "Authorization": f"Bearer {SECRETS['all']}"}
    url = f"http://{guarded.registry.values['GATEWAY_BIND']}/{SDK}/@v/list"
    refused = httpx.get(url, headers=headers, trust_env=False, timeout=60)
    assert (refused.status_code, "plain http" in refused.text) == (403, True)
    trusting = ssl.create_default_context(cafile=str(guarded.certificate))
    headers["X-Forwarded-Proto"] = "http"
    with httpx.Client(verify=trusting, trust_env=False, timeout=60) as client:
        answer = client.get(f"https://{guarded.bind}/{SDK}/@v/list", headers=headers)
    assert (answer.status_code, answer.text) == (200, "v1.0.0\n")


def test_the_log_names_the_reader_and_never_a_token(guarded: Guarded) -> None:
    trusting = ssl.create_default_context(cafile=str(guarded.certificate))
    # A file that no other test here asks for: their last lines may arrive while this one runs.
    path = f"/{SDK}/@v/v1.0.0.zip"
    with httpx.Client(base_url=f"https://{guarded.bind}", verify=trusting, trust_env=False, timeout=60) as client:
        assert client.get(path, auth=("any", SECRETS["all"])).status_code == 200
        assert client.get(path, headers={"Authorization": "Bearer wrong-secret"}).status_code == 401

    def seen() -> list[tuple[object, object]]:
        lines = guarded.registry.logged("proxy")
        return [(line.get("reader"), line["status"]) for line in lines if line.get("path") == path]

    wait_for(lambda: len(seen()) == 2, "both requests in the log")
    assert seen() == [("all", 200), (None, 401)]
    for secret in ("wrong-secret", SECRETS["all"], base64.b64encode(f"any:{SECRETS['all']}".encode()).decode()):
        assert not [line for _, line in guarded.registry.lines if secret in line]
