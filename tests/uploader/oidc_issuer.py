"""An OIDC issuer on loopback, over TLS: it signs tokens, publishes its keys, rotates them, and fails when told to."""

import datetime
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

AUDIENCE = "go.corp.example"

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class OidcIssuer:
    """What the issuer says, and what it was asked."""

    def __init__(self, port: int, ca_file: Path) -> None:
        self.url = f"https://127.0.0.1:{port}"
        self.ca_file = ca_file
        self.status = 200
        self.named = self.url  # as which issuer its discovery document speaks
        self.asked: list[str] = []
        self.hangs_up = threading.Event()  # after an answer, as long as that is set
        self.hangs_up.set()
        self.keys: dict[str, PrivateKey] = {"first": ec.generate_private_key(ec.SECP256R1())}
        self.oddities: dict[str, object] = {}  # members of one more key, which is else like the first

    def answer(self, path: str) -> bytes | None:
        """The document at that path."""
        self.asked.append(path)
        listed = [jwk(name, key) for name, key in self.keys.items()]
        odd = [listed[0] | {"kid": "odd"} | self.oddities] if self.oddities else []
        documents: dict[str, object] = {
            "/.well-known/openid-configuration": {"issuer": self.named, "jwks_uri": f"{self.url}/jwks"},
            "/jwks": {"keys": [*odd, *listed]},
            "/list": [],
            "/no-keys": {"keys": {}},
            "/huge": {"keys": ["x" * 2_000_000]},
        }
        return json.dumps(documents[path]).encode() if path in documents else None

    def token(self, key_id: str = "first", key: PrivateKey | None = None, **claims: object) -> str:
        """A token for one hour that also makes these claims."""
        return self.signed(claims, key_id, key)

    def signed(self, claims: Mapping[str, object], key_id: str = "first", key: PrivateKey | None = None) -> str:
        """A token of these and the usual claims, signed by that key; a claim that is None is left out."""
        now = int(time.time())
        all_claims = {"iss": self.url, "aud": AUDIENCE, "sub": "ci:payments", "iat": now, "exp": now + 3600, **claims}
        said: dict[str, Any] = {name: value for name, value in all_claims.items() if value is not None}
        signer = key or self.keys[key_id]
        algorithm = "RS256" if isinstance(signer, rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(said, signer, algorithm, headers={"kid": key_id})

    def file(self, path: Path, *more: str) -> Path:
        """A file of trusted publishers that trusts this issuer's ci:payments."""
        path.write_text(
            f"""
            [[issuer]]
            name = "cluster"
            url = "{self.url}"
            audience = "{AUDIENCE}"
            ca_file = "{self.ca_file}"
            {" ".join(more)}

            [[publisher]]
            name = "payments"
            issuer = "cluster"
            claims = {{ sub = "ci:payments" }}
            modules = ["go.corp.example/pay/*"]

            [[publisher]]
            name = "tools"
            issuer = "cluster"
            claims = {{ sub = "ci:*", ref = "refs/tags/v*" }}
            modules = ["go.corp.example/tools/*"]
            """
        )
        return path


def jwk(name: str, key: PrivateKey) -> dict[str, Any]:
    """The public half, as a JWKS lists it."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        document: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
    else:
        document = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(public))
    return document | {"kid": name, "use": "sig"}


@contextmanager
def oidc_issuer(folder: Path) -> Iterator[OidcIssuer]:
    """A running issuer; its certificate and key are put into `folder`."""
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    issuer = _Handler.issuer = OidcIssuer(server.server_port, certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        issuer.hangs_up.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    issuer: OidcIssuer

    def do_GET(self) -> None:
        document = self.issuer.answer(self.path)
        self.send_response(404 if document is None else self.issuer.status)
        if self.issuer.status in (301, 302):
            self.send_header("Location", f"{self.issuer.url}/jwks")
        self.end_headers()
        self.wfile.write(document or b"")
        self.issuer.hangs_up.wait()

    def log_message(self, *_: object) -> None:
        pass


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "issuer.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "issuer.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "issuer.pem", folder / "issuer.key"
