"""The TLS listener of the gateway chart: the real Envoy Gateway and Envoy, before real services and the real go."""

import base64
import http.client
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.local.publish import publish_sample
from tests.certificates import loopback_certificate
from tests.deploy.conftest import HeavyTools
from tests.deploy.envoy_gateway import EnvoyGateway, alone
from tests.deploy.rendering import Charts, Document, replaced
from tests.e2e.go import Go, GoFailedError
from tests.e2e.registry import PRIVATE, SAMPLE, Registry, local_values, running_registry
from tests.ports import free_port
from tests.waiting import wait_for

pytestmark = pytest.mark.may_skip(reason="Envoy Gateway takes minutes to compile; scripts/tools envoy-gateway does")

HOST = "localhost"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loopback_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def registry(heavy: HeavyTools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Both services, with nothing in the store."""
    heavy.program("envoy-gateway")  # skips before anything is started
    with running_registry(local_values(tmp_path_factory.mktemp("registry") / "state", "off")) as running:
        yield running


@pytest.fixture(scope="module")
def port(
    heavy: HeavyTools,
    charts: Charts,
    values: dict[str, dict[str, dict[str, object]]],
    registry: Registry,
    certificate: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[int]:
    """Where production's gateway answers, but for its name, which is one that leads here."""
    program = heavy.program("envoy-gateway")
    documents = charts.render("gateway", replaced(values["production"]["gateway"], "hostnames", [HOST]))
    services = {"gomod-proxy": registry.values["PROXY_BIND"], "gomod-uploader": registry.values["UPLOADER_BIND"]}
    with alone(program):
        running = EnvoyGateway(program, tmp_path_factory.mktemp("envoy-gateway"), free_port(), services)
        try:
            running.start([*documents, secret("go-packages-tls", certificate)])
            wait_for(lambda: status(running.port, certificate, "GET", "/version") == 200, "the proxy's route")
            wait_for(lambda: status(running.port, certificate, "GET", "/upload") == 405, "the uploader's route")
            yield running.port
        finally:
            running.stop()


def secret(name: str, certificate: Path) -> Document:
    chain, marker, key = certificate.read_text().partition("-----BEGIN PRIVATE KEY-----")
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": name},
        "data": {
            "tls.crt": base64.b64encode(chain.encode()).decode(),
            "tls.key": base64.b64encode((marker + key).encode()).decode(),
        },
    }


def status(port: int, certificate: Path, method: str, path: str, **headers: str) -> int:
    context = ssl.create_default_context(cafile=str(certificate))
    connection = http.client.HTTPSConnection(HOST, port, timeout=10, context=context)
    try:
        connection.request(method, path, headers=headers)
        return connection.getresponse().status
    except (ConnectionError, ssl.SSLEOFError):  # the listener comes before what it serves with
        return 0
    finally:
        connection.close()


def go(port: int, folder: Path, **more: str) -> Go:
    variables = {"GOPROXY": f"https://{HOST}:{port}", "GONOPROXY": "none", "GONOSUMDB": f"{PRIVATE}/*"}
    return Go(folder / "modules", {**variables, "GOFLAGS": "-modcacherw", **more})


def test_go_builds_with_a_module_that_was_published_and_came_over_tls(
    port: int, certificate: Path, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # whom gomod-publish trusts
    values = registry.values | {"GO_REGISTRY_URL": f"https://{HOST}:{port}"}
    assert publish_sample(values, registry.token) == "v1.0.0"
    (tmp_path / "main.go").write_text(f'package main\n\nimport _ "{SAMPLE}"\n\nfunc main() {{}}\n')
    ours = go(port, tmp_path, SSL_CERT_FILE=str(certificate))
    ours.run("mod", "init", "consumer.invalid", cwd=tmp_path)
    ours.run("mod", "edit", "-require", f"{SAMPLE}@v1.0.0", cwd=tmp_path)
    ours.run("mod", "tidy", cwd=tmp_path)
    ours.run("run", ".", cwd=tmp_path)
    assert f"{SAMPLE} v1.0.0 h1:" in (tmp_path / "go.sum").read_text()


def test_go_takes_nothing_from_a_gateway_that_it_has_no_reason_to_trust(port: int, tmp_path: Path) -> None:
    with pytest.raises(GoFailedError, match="x509: certificate signed by unknown authority"):
        go(port, tmp_path).run("list", "-m", f"{SAMPLE}@v1.0.0", cwd=tmp_path)


def test_nobody_is_served_without_tls(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/version", headers={"Host": HOST})
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        connection.getresponse()
    connection.close()


def test_an_upload_over_tls_meets_the_uploader_and_its_question_for_a_token(port: int, certificate: Path) -> None:
    assert status(port, certificate, "POST", "/upload") == 401


def test_the_gateway_speaks_no_tls_older_than_1_2(port: int) -> None:
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", HOST, "-tls1_1"],
        input=b"",
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert b"Cipher is (NONE)" in done.stdout
