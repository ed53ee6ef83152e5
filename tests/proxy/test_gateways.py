"""Whose word counts for how a request came: that of configured peers."""

import pytest
from starlette.types import Scope

from gomod_proxy.gateways import Gateways, parse_networks


def scope(peer: str | None, *protos: str) -> Scope:
    headers = [(b"x-forwarded-proto", proto.encode()) for proto in protos]
    return {"type": "http", "headers": headers, "client": (peer, 40000) if peer is not None else None}


@pytest.mark.parametrize(
    ("peer", "protos", "secure"),
    [
        ("10.1.2.3", ["https"], True),
        ("10.1.2.3", ["http"], False),
        ("10.1.2.3", [], False),
        ("10.1.2.3", ["HTTPS"], False),  # no gateway writes it so
        ("10.1.2.3", ["https", "http"], False),
        ("10.1.2.3", ["https,http"], False),
        ("11.1.2.3", ["https"], False),
        ("::ffff:10.1.2.3", ["https"], True),  # an IPv4 peer of a listener for both families
        ("::ffff:11.1.2.3", ["https"], False),
        ("fd00::7", ["https"], True),
        ("fd00::8", ["https"], False),
        ("fe80::1%eth0", ["https"], False),
        ("/run/proxy.sock", ["https"], False),
        (None, ["https"], False),
    ],
)
def test_tls_is_believed_of_our_gateways_alone(peer: str | None, protos: list[str], secure: bool) -> None:
    assert Gateways(parse_networks("10.0.0.0/8, fd00::7")).came_securely(scope(peer, *protos)) is secure


@pytest.mark.parametrize("text", ["gateway.example", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.1;10.0.0.2"])
def test_what_is_no_network_is_wrong(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not appear to be|has host bits set"):
        parse_networks(text)
