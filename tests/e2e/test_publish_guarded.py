"""`gomod-publish run` where readers need a token, over TLS: netrc gives it to the client and to the go that it runs."""

import json
import os
import subprocess
from pathlib import Path

from gomod_service.tokens import digest
from scripts.local.venv import tool
from tests.certificates import loopback_certificate
from tests.e2e.public import PublicModule
from tests.e2e.registry import PRIVATE, local_values, running_registry
from tests.e2e.tls_gateway import tls_gateway
from tests.goproxy_server import GoProxyServer
from tests.ports import free_port
from tests.publish.repository import GitRepository

READER = f"""
[[token]]
name = "ci"
sha256 = "{digest("secret-of-ci")}"
modules = ["{PRIVATE}/*"]
scopes = ["read"]
expires = 2999-01-01T00:00:00Z
"""


def test_all_of_publishing_with_a_reader_s_right_and_not_without(tmp_path: Path, uuid_module: PublicModule) -> None:
    bind = f"127.0.0.1:{free_port()}"
    certificate = loopback_certificate(tmp_path)
    (tmp_path / "readers.toml").write_text(READER)
    (tmp_path / "netrc").write_text(f"machine {bind} login ci password secret-of-ci\n")
    repository = GitRepository(tmp_path / "repository")
    repository.git("config", "user.name", "Ann Author")
    repository.git("config", "user.email", "ann@localhost")
    repository.commit({"go.mod": f"module {PRIVATE}/sdk\n\ngo 1.21\n", "sdk.go": "package sdk\n"}, "v1.0.0")
    with GoProxyServer() as upstream:
        uuid_module.offer(upstream)
        guarded = {
            "GOMOD_PUBLIC_URL": f"https://{bind}",
            "GOMOD_READ_TOKENS_FILE": str(tmp_path / "readers.toml"),
            "GOMOD_READ_GATEWAYS": "127.0.0.1",
        }
        values = local_values(tmp_path / "state", upstream.url, **guarded)
        with running_registry(values) as registry, tls_gateway(values, bind, certificate, tmp_path):
            variables = {
                "PATH": f"{tool('go').parent}:{os.environ['PATH']}",
                "HOME": os.environ["HOME"],
                "SSL_CERT_FILE": str(certificate),
                "GO_REGISTRY_URL": f"https://{bind}",
                "GO_REGISTRY_TOKEN": registry.token,
                "GO_SMOKE_PUBLIC_MODULE": "github.com/google/uuid@v1.6.0",
                "GO_STATE_DIR": str(tmp_path / "files"),
                "GOPROXY": f"https://{bind}",
                "GONOPROXY": "none",
                "GOPRIVATE": f"{PRIVATE}/*",
                "GONOSUMDB": f"{PRIVATE}/*",
                "GOSUMDB": "off",
                "GOWORK": "off",
            }
            command = [str(tool("gomod-publish")), "run", "--json", str(repository.path)]

            def run(netrc: str) -> "subprocess.CompletedProcess[str]":
                return subprocess.run(command, env={**variables, "NETRC": netrc}, capture_output=True, text=True)

            done = run(os.devnull)
            told = {each["check"]: each for each in json.loads(done.stdout)["checks"]}
            assert done.returncode == 7
            assert "(401)" in told[f"files: {PRIVATE}/sdk@v1.0.0"]["said"]
            assert not told[f"go list: {PRIVATE}/sdk@v1.0.0"]["passed"]
            assert not (tmp_path / "files").exists()  # what failed is not put down as published

            done = run(str(tmp_path / "netrc"))
            assert done.returncode == 0, done.stderr
            assert "secret-of-ci" not in done.stdout + done.stderr
            assert (tmp_path / "files" / "sdk.json").exists()
