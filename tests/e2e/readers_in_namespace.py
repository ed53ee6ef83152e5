"""A client with GOPRIVATE reads with a token, run inside a mount and network namespace of its own.

`unshare --mount --net python -m tests.e2e.readers_in_namespace FOLDER` (see test_reading_rights.py): here the
registry's host name is loopback, and port 443 its gateway. Prints what happened as one JSON document.
"""

import contextlib
import json
import sys
from pathlib import Path

import anyio

from gomod_service.tokens import digest
from tests.certificates import loopback_certificate
from tests.e2e.go import Go, GoFailedError
from tests.e2e.in_namespace import bring_loopback_up, name_the_registry
from tests.e2e.registry import PRIVATE, local_values, running_registry
from tests.e2e.tls_gateway import tls_gateway
from tests.proxy.publishing import publish

MODULE = f"{PRIVATE}/pay/api"
SECRET = "secret-of-pay"
TOKENS = f"""
[[token]]
name = "pay"
sha256 = "{digest(SECRET)}"
modules = ["{PRIVATE}/pay/*"]
scopes = ["read"]
expires = 2999-01-01T00:00:00Z
"""


def main() -> None:
    """Enter the little world, ask without a token and with one, and tell."""
    folder = Path(sys.argv[1])
    bring_loopback_up()
    name_the_registry(folder / "hosts")
    certificate = loopback_certificate(folder, PRIVATE)
    (folder / "readers.toml").write_text(TOKENS)
    (folder / "netrc").write_text(f"machine {PRIVATE} login any password {SECRET}\n")
    (folder / "go.mod").write_text("module example.com/program\n")
    values = local_values(
        folder / "state",
        "off",
        GOMOD_PUBLIC_URL=f"https://{PRIVATE}",
        GOMOD_READ_TOKENS_FILE=str(folder / "readers.toml"),
        GOMOD_READ_GATEWAYS="127.0.0.1",
    )
    with contextlib.redirect_stdout(sys.stderr), running_registry(values) as registry:
        anyio.run(publish, registry.volume, MODULE, "v1.0.0")
        with tls_gateway(values, "127.0.0.1:443", certificate, folder):
            seen = {netrc: _get(folder, certificate, netrc) for netrc in ("/dev/null", str(folder / "netrc"))}
        asked = [(line["path"], line["status"]) for line in registry.logged("proxy") if line["event"] == "request"]
    print(json.dumps({"without": seen["/dev/null"], "with": seen[str(folder / "netrc")], "asked": asked}))


def _get(folder: Path, certificate: Path, netrc: str) -> str:
    variables = {
        "GOPROXY": f"https://{PRIVATE},direct",
        "GOPRIVATE": f"{PRIVATE}/*",
        "GOFLAGS": "-modcacherw",
        "SSL_CERT_FILE": str(certificate),
        "NETRC": netrc,
    }
    go = Go(folder / "modules", variables)
    try:
        go.run("get", f"{MODULE}@v1.0.0", cwd=folder)
    except GoFailedError as error:
        return str(error)
    return (folder / "go.mod").read_text()


if __name__ == "__main__":
    main()
